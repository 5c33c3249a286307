package dev.henge.gossip.membership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * A model of SWIM as {@link AtomixMembership} has it done, for more members than can be started: who sends what to
 * whom at rest, and how the death of one of them is found out and told. Time is counted in events, chance comes from
 * a seed: the same seed gives the same figures.
 *
 * <p>What each does is that of the library with Henge's settings: a probe every interval, round robin over a shuffled
 * list; a failed one repeated by two others; then SUSPECT, told to all at once and to the suspect itself; all news once
 * more to two at the next gossip tick; a suspect that has been one for the failure time-out is dropped at a tick, and
 * that is told to two as well. Nobody is wrongly accused in it, packets have one delay, and computing takes no time.
 *
 * <p>Bytes are what TCP and UDP carry, without their own headers and without packets that carry nothing.
 */
final class SwimModel {
    static final int HELPERS = 2;
    static final int FANOUT = 2;
    private static final long DELAY_MICROS = 500;
    private static final long MICROS_A_MILLI = 1_000;
    private static final double MICROS_A_SECOND = 1e6;
    private static final int DEAD_ONE = 0;
    private static final int GONE = -1;

    /** How a member dies. */
    enum Death {
        /** Its process ends: whoever dials it is refused at once. */
        KILLED,
        /** Its machine ends, or its network: whoever dials it hears nothing. */
        SILENT
    }

    /**
     * The bytes of what members send each other: of a probe and of a packet of news as {@link SwimMeasuredTest} counts
     * them of nodes with ids of 40 letters, the rest computed from these.
     *
     * @param probe        with the handshake of its connection; tells two members
     * @param probeReply   the same back
     * @param probeRequest asks for somebody else's probe; tells one
     * @param news         a packet that tells one member
     */
    record Sizes(int probe, int probeReply, int probeRequest, int probeRequestReply, int news) {
        static final Sizes HENGE = new Sizes(356, 326, 213, 22, 210);
    }

    /**
     * What came of it.
     *
     * @param restBytesPerSecond what a member sends a second while nothing happens
     * @param suspectMillis      from the death until all others suspect it
     * @param deadMillis         from the death until all others have dropped it
     * @param meanBytes          what a member sent in that time to find out and to tell, besides its own probes
     * @param mostBytes          the same of the member that sent most
     */
    record Figures(double restBytesPerSecond, double suspectMillis, double deadMillis, double meanBytes,
            double mostBytes) {
    }

    private record Event(long micros, long number, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int c = Long.compare(micros, other.micros);
            return c != 0 ? c : Long.compare(number, other.number);
        }
    }

    /** One member and what it thinks of the one that dies. */
    private final class Node {
        final int id;
        final List<Integer> round = new ArrayList<>();
        Liveness belief = Liveness.ALIVE;
        long suspectSinceMicros;
        Liveness news;
        int probes;
        long bytes;
        long bytesOfDeath;

        Node(int id) {
            this.id = id;
            for (int i = 0; i < nodes.length; i++) {
                if (i != id) {
                    round.add(i);
                }
            }
            Collections.shuffle(round, chance);
            probes = chance.nextInt(nodes.length);
        }

        void probeTick() {
            if (gone(id)) {
                return;
            }
            if (!round.isEmpty()) {
                probe(round.get(++probes % round.size()));
            }
            after(millis(config.probeInterval()), this::probeTick);
        }

        void probe(int target) {
            if (!gone(target)) {
                bytes += sizes.probe;
                after(DELAY_MICROS, () -> {
                    if (!gone(target)) {
                        nodes[target].bytes += sizes.probeReply;
                    }
                });
            } else {
                after(failsAfter(), this::askAround);
            }
        }

        void askAround() {
            if (belief == Liveness.DEAD) {
                return;
            }
            List<Integer> helpers = new ArrayList<>(round);
            helpers.remove((Integer) DEAD_ONE);
            Collections.shuffle(helpers, chance);
            int asked = Math.min(HELPERS, helpers.size());
            if (asked == 0) {
                accuse();
                return;
            }
            int[] failed = {0};
            for (int helper : helpers.subList(0, asked)) {
                bytesOfDeath += sizes.probeRequest;
                after(DELAY_MICROS + failsAfter(), () -> {
                    nodes[helper].bytesOfDeath += sizes.probeRequestReply;
                    after(DELAY_MICROS, () -> {
                        if (++failed[0] == asked) {
                            accuse();
                        }
                    });
                });
            }
        }

        void accuse() {
            if (believe(Liveness.SUSPECT)) {
                for (int i = 0; i < nodes.length; i++) {
                    if (i != id) {
                        send(i, Liveness.SUSPECT);
                    }
                }
            }
        }

        boolean believe(Liveness told) {
            if (told.ordinal() <= belief.ordinal()) {
                return false;
            }
            suspecting += belief == Liveness.ALIVE ? 1 : 0;
            belief = told;
            news = told;
            if (told == Liveness.SUSPECT) {
                suspectSinceMicros = nowMicros;
                send(DEAD_ONE, Liveness.SUSPECT);
            } else {
                round.remove((Integer) DEAD_ONE);
                Collections.shuffle(round, chance);
                dropped++;
            }
            suspectedMicros = suspecting == nodes.length - 1 && suspectedMicros < 0 ? nowMicros : suspectedMicros;
            return true;
        }

        void gossipTick() {
            if (gone(id)) {
                return;
            }
            if (belief == Liveness.SUSPECT && nowMicros - suspectSinceMicros > millis(config.failureTimeout())) {
                believe(Liveness.DEAD);
            }
            if (news != null) {
                List<Integer> to = new ArrayList<>(round);
                Collections.shuffle(to, chance);
                for (int target : to.subList(0, Math.min(FANOUT, to.size()))) {
                    send(target, news);
                }
                news = null;
            }
            after(millis(config.gossipInterval()), this::gossipTick);
        }

        void send(int target, Liveness told) {
            bytesOfDeath += sizes.news;
            boolean lost = chance.nextDouble() < loss;
            if (!gone(target) && !lost) {
                after(DELAY_MICROS, () -> nodes[target].believe(told));
            }
        }
    }

    private final MembershipConfig config;
    private final Death death;
    private final double loss;
    private final Sizes sizes;
    private final Random chance;
    private final Node[] nodes;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowMicros;
    private long scheduled;
    private int dead = GONE;
    private int suspecting;
    private int dropped;
    private long suspectedMicros = -1;

    /**
     * @param config whose times count
     * @param loss   the part of UDP's packets that do not arrive
     */
    SwimModel(int members, MembershipConfig config, Sizes sizes, Death death, double loss, long seed) {
        this.config = config;
        this.sizes = sizes;
        this.death = death;
        this.loss = loss;
        this.chance = new Random(seed);
        this.nodes = new Node[members];
        for (int i = 0; i < members; i++) {
            nodes[i] = new Node(i);
        }
    }

    /** Lets it rest for a while, then has one die, until all others have dropped it. */
    Figures run(long restMillis) {
        for (Node node : nodes) {
            after((long) (chance.nextDouble() * millis(config.probeInterval())), node::probeTick);
            after((long) (chance.nextDouble() * millis(config.gossipInterval())), node::gossipTick);
        }
        while (events.peek().micros <= restMillis * MICROS_A_MILLI) {
            next();
        }
        nowMicros = restMillis * MICROS_A_MILLI;
        double rest = Arrays.stream(nodes).mapToLong(node -> node.bytes).sum() / (double) nodes.length
                / (nowMicros / MICROS_A_SECOND);
        dead = DEAD_ONE;
        long diedMicros = nowMicros;
        while (dropped < nodes.length - 1) {
            next();
        }
        return new Figures(rest, (suspectedMicros - diedMicros) / 1e3,
                (nowMicros - diedMicros) / 1e3, others().average().orElseThrow(), others().max().orElseThrow());
    }

    private LongStream others() {
        return Arrays.stream(nodes).filter(node -> node.id != DEAD_ONE).mapToLong(node -> node.bytesOfDeath);
    }

    private void next() {
        Event event = events.poll();
        nowMicros = event.micros;
        event.what.run();
    }

    private void after(long micros, Runnable what) {
        events.add(new Event(nowMicros + micros, scheduled++, what));
    }

    private boolean gone(int node) {
        return node == dead;
    }

    private long failsAfter() {
        return death == Death.KILLED ? 2 * DELAY_MICROS : millis(config.probeTimeout());
    }

    private static long millis(Duration duration) {
        return duration.toMillis() * MICROS_A_MILLI;
    }
}
