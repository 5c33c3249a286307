package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Real memberships on loopback in this JVM, with cuts between them and a record of what each of them reported. */
final class Gossipers implements AutoCloseable {
    static final String CLUSTER = "test";

    private final Path directory;
    private final Map<String, Gossiper> gossipers = new ConcurrentHashMap<>();
    private final Set<String> cuts = ConcurrentHashMap.newKeySet();
    private final List<AutoCloseable> leftovers = new ArrayList<>();

    /** An event and when it came. */
    record Report(MembershipEvent event, long nanos) {
    }

    /** One membership with its record. */
    record Gossiper(AtomixMembership membership, HostPort address, List<Report> reports, AtomicInteger sent,
            List<String> log) {
        Liveness sees(String id) {
            return membership.liveness(id);
        }

        Member knows(String id) {
            return membership.members().stream().filter(member -> member.id().equals(id)).findFirst().orElse(null);
        }

        List<String> story(String id) {
            return reports.stream().map(Report::event).filter(event -> event.member().id().equals(id))
                    .map(event -> event.before() + "->" + event.after()).toList();
        }
    }

    Gossipers(Path directory) {
        this.directory = directory;
    }

    /** A port that is free for TCP and UDP. */
    static HostPort freeAddress() {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        for (int attempt = 0; attempt < 50; attempt++) {
            try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
                return new HostPort("127.0.0.1", udp.getLocalPort());
            } catch (IOException e) {
                // Another one has the UDP port: try the next.
            }
        }
        return fail("no port is free for both TCP and UDP");
    }

    Gossiper start(String id, HostPort address, long epoch, List<HostPort> seeds, Map<String, String> properties) {
        return start(CLUSTER, id, address, epoch, seeds, properties);
    }

    Gossiper start(String cluster, String id, HostPort address, long epoch, List<HostPort> seeds,
            Map<String, String> properties) {
        return start(MembershipConfig.of(cluster, id, address, epoch, seeds, peersFile(id), properties));
    }

    Gossiper start(MembershipConfig config) {
        String id = config.id();
        HostPort address = new HostPort(config.announceHost(), config.gossipPort());
        AtomicInteger sent = new AtomicInteger();
        List<String> log = new CopyOnWriteArrayList<>();
        AtomixMembership membership = new AtomixMembership(config, (host, port) -> {
            sent.incrementAndGet();
            return !cuts.contains(address.port() + ">" + port);
        }, log::add);
        List<Report> reports = new CopyOnWriteArrayList<>();
        membership.listen(event -> reports.add(new Report(event, System.nanoTime())));
        Gossiper gossiper = new Gossiper(membership, address, reports, sent, log);
        gossipers.put(id, gossiper);
        membership.start();
        return gossiper;
    }

    Gossiper start(String id, HostPort... seeds) {
        return start(id, freeAddress(), 1, List.of(seeds), Map.of());
    }

    Path peersFile(String id) {
        return directory.resolve(id).resolve("peers");
    }

    Gossiper get(String id) {
        return gossipers.get(id);
    }

    /** Cuts everything between one and the others, both ways. */
    void cut(String one, String... others) {
        for (String other : others) {
            int from = get(one).address().port();
            int to = get(other).address().port();
            cuts.addAll(List.of(from + ">" + to, to + ">" + from));
        }
    }

    void heal() {
        cuts.clear();
    }

    void stop(String id) {
        gossipers.remove(id).membership().close();
    }

    void closeAfter(AutoCloseable leftover) {
        leftovers.add(leftover);
    }

    /** Waits until each of them sees all the others alive. */
    void awaitWhole(String... ids) {
        await(Duration.ofSeconds(20), () -> "all of " + Arrays.toString(ids) + " alive: " + beliefs(), () -> {
            for (String viewer : ids) {
                for (String id : ids) {
                    if (get(viewer).sees(id) != Liveness.ALIVE) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    void awaitSees(String viewer, String id, Liveness liveness, Duration within) {
        await(within, () -> viewer + " sees " + id + " " + liveness + ": " + beliefs(),
                () -> get(viewer).sees(id) == liveness);
    }

    String beliefs() {
        StringBuilder text = new StringBuilder();
        gossipers.forEach((viewer, gossiper) -> gossiper.membership().members().forEach(member -> text.append(viewer)
                .append(':').append(member.id()).append('=').append(gossiper.sees(member.id())).append(' ')));
        return text.toString();
    }

    static void await(Duration within, Supplier<String> what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                fail("not within " + within + ": " + what.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Override
    public void close() throws Exception {
        heal();
        for (AutoCloseable leftover : leftovers) {
            leftover.close();
        }
        List<Thread> closers = gossipers.values().stream()
                .map(gossiper -> new Thread(gossiper.membership()::close)).toList();
        closers.forEach(Thread::start);
        for (Thread closer : closers) {
            closer.join();
        }
    }
}
