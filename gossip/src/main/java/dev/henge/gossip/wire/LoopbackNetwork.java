package dev.henge.gossip.wire;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A network in memory for tests: no thread, no clock, the same run every time.
 *
 * <p>Frames are built, checked and decoded by the same code as on TCP, so that serialization is exercised. A frame
 * that was flushed waits in its link, one for each ordered pair of nodes, until the test delivers it: {@link #step()}
 * takes the oldest of all, {@link #step(RandomGenerator)} one of a link drawn by chance (so links overtake each other
 * while each keeps its order, as TCP does), {@link #deliver(String, String)} one of a given link. One delivered frame
 * is one turn.
 *
 * <p>Attached nodes are connected to each other at once. {@link #cut} breaks a pair as a reset does: what was in
 * flight is lost and both sides are told. {@link #stall} holds a link's frames silently, as a partition does before
 * anybody notices; {@link #drop} loses a frame without a word, which TCP never does: for protocols that must survive
 * even that.
 */
public final class LoopbackNetwork {
    private final Map<String, Endpoint> endpoints = new TreeMap<>();
    private final WireLimits limits;
    private long frameSequence;

    public LoopbackNetwork(WireLimits limits) {
        this.limits = limits;
    }

    /** Adds a node, connects it with all others, and tells both ends; an earlier node of this id is detached first. */
    public Transport attach(String id, MessageCodec codec, MessageHandler handler) {
        if (endpoints.containsKey(id)) {
            detach(id);
        }
        Endpoint added = new Endpoint(id, codec, handler);
        List<Endpoint> others = List.copyOf(endpoints.values());
        endpoints.put(id, added);
        for (Endpoint other : others) {
            heal(id, other.id);
        }
        return added;
    }

    /** Adds a node that is connected with nobody yet; whoever drives the network connects it. */
    public Transport join(String id, MessageCodec codec, MessageHandler handler) {
        Endpoint added = new Endpoint(id, codec, handler);
        endpoints.put(id, added);
        return added;
    }

    /** Takes a node away with its outgoing connections; nobody is told. */
    public void leave(String id) {
        endpoints.remove(id);
    }

    /** Kills a node: frames from and to it are lost, and every other is told that a connect was refused. */
    public void detach(String id) {
        Endpoint gone = endpoints.remove(id);
        if (gone == null) {
            return;
        }
        gone.links.clear();
        for (Endpoint other : List.copyOf(endpoints.values())) {
            other.links.remove(id);
            other.handler.disconnected(id, true);
            other.handler.turnEnded();
        }
    }

    /** Breaks the connections of a pair in both directions; what is in flight is lost. */
    public void cut(String a, String b) {
        cutOneWay(a, b);
        cutOneWay(b, a);
    }

    /** Breaks one direction only. */
    public void cutOneWay(String from, String to) {
        Endpoint sender = endpoints.get(from);
        if (sender != null && sender.links.remove(to) != null) {
            sender.handler.disconnected(to, false);
            sender.handler.turnEnded();
        }
    }

    /** Tells a node that its attempt to connect with another was refused. */
    public void refuse(String from, String to) {
        Endpoint sender = endpoints.get(from);
        if (sender != null) {
            sender.links.remove(to);
            sender.handler.disconnected(to, true);
            sender.handler.turnEnded();
        }
    }

    /** Connects what is cut, and lets flow what is stalled, in both directions. */
    public void heal(String a, String b) {
        connect(a, b);
        connect(b, a);
    }

    /** Connects one direction, or lets it flow if it is stalled. */
    public void connect(String from, String to) {
        Endpoint sender = endpoints.get(from);
        if (sender == null || !endpoints.containsKey(to)) {
            return;
        }
        Link link = sender.links.get(to);
        if (link != null) {
            link.stalled = false;
            return;
        }
        sender.links.put(to, new Link());
        sender.handler.connected(to);
        sender.handler.turnEnded();
    }

    /** Holds a direction's frames until {@link #heal}; nobody is told. */
    public void stall(String from, String to) {
        Link link = link(from, to);
        if (link != null) {
            link.stalled = true;
        }
    }

    /** Loses the oldest frame of a link; false if there is none. */
    public boolean drop(String from, String to) {
        Link link = link(from, to);
        return link != null && link.poll() != null;
    }

    /** Delivers the oldest frame of one link, stalled or not; false if there is none. */
    public boolean deliver(String from, String to) {
        Link link = link(from, to);
        Frame frame = link == null ? null : link.poll();
        if (frame == null) {
            return false;
        }
        endpoints.get(to).receive(from, frame.bytes);
        return true;
    }

    /** Delivers the oldest frame of all that are not stalled; false if there is none. */
    public boolean step() {
        String from = null;
        String to = null;
        long oldest = Long.MAX_VALUE;
        for (Endpoint sender : endpoints.values()) {
            for (Map.Entry<String, Link> entry : sender.links.entrySet()) {
                Frame first = entry.getValue().peek();
                if (first != null && !entry.getValue().stalled && first.sequence < oldest) {
                    oldest = first.sequence;
                    from = sender.id;
                    to = entry.getKey();
                }
            }
        }
        return from != null && deliver(from, to);
    }

    /** Delivers the oldest frame of a link drawn by chance; false if all that flow are empty. */
    public boolean step(RandomGenerator chance) {
        List<String[]> ready = new ArrayList<>();
        for (Endpoint sender : endpoints.values()) {
            sender.links.forEach((to, link) -> {
                if (link.peek() != null && !link.stalled) {
                    ready.add(new String[] {sender.id, to});
                }
            });
        }
        if (ready.isEmpty()) {
            return false;
        }
        String[] drawn = ready.get(chance.nextInt(ready.size()));
        return deliver(drawn[0], drawn[1]);
    }

    /** Steps until nothing is left; an {@link IllegalStateException} if that takes more steps than given. */
    public int run(int stepsMax) {
        int steps = 0;
        while (step()) {
            if (++steps > stepsMax) {
                throw new IllegalStateException("the network is not quiet after " + stepsMax + " steps");
            }
        }
        return steps;
    }

    /** The frames waiting in a link. */
    public int inFlight(String from, String to) {
        Link link = link(from, to);
        return link == null ? 0 : link.frames.size();
    }

    private Link link(String from, String to) {
        Endpoint sender = endpoints.get(from);
        return sender == null ? null : sender.links.get(to);
    }

    private record Frame(long sequence, byte[] bytes) {}

    /** One direction between two nodes. */
    private final class Link {
        private final ArrayDeque<Frame> frames = new ArrayDeque<>();
        private final FrameBuilder builder = new FrameBuilder(limits, FrameFormat.VERSION_MAX, this::add);
        private long bytes;
        private boolean stalled;

        private void add(byte[] from, int offset, int length) {
            byte[] copy = new byte[length];
            System.arraycopy(from, offset, copy, 0, length);
            frames.add(new Frame(frameSequence++, copy));
            bytes += length;
        }

        private Frame peek() {
            return frames.peek();
        }

        private Frame poll() {
            Frame frame = frames.poll();
            if (frame != null) {
                bytes -= frame.bytes.length;
            }
            return frame;
        }

        private long queuedBytes() {
            return bytes + builder.pendingBytes();
        }
    }

    /** One node's transport. */
    private final class Endpoint implements Transport {
        private final String id;
        private final MessageCodec codec;
        private final MessageHandler handler;
        private final Map<String, Link> links = new TreeMap<>();

        private Endpoint(String id, MessageCodec codec, MessageHandler handler) {
            this.id = id;
            this.codec = codec;
            this.handler = handler;
        }

        @Override
        public boolean send(String peerId, Object message) {
            Link link = links.get(peerId);
            return link != null && link.queuedBytes() < limits.queuedBytesMax() && link.builder.append(message, codec);
        }

        @Override
        public void flush() {
            links.values().forEach(link -> link.builder.seal());
        }

        @Override
        public boolean connected(String peerId) {
            return links.containsKey(peerId);
        }

        @Override
        public long queuedBytes(String peerId) {
            Link link = links.get(peerId);
            return link == null ? 0 : link.queuedBytes();
        }

        private void receive(String from, byte[] frame) {
            FrameParser parser = new FrameParser(FrameFormat.VERSION_MAX, limits.frameBytesMax());
            parser.append(frame);
            if (!parser.next() || parser.unread() > 0) {
                throw new WireFormatException("a frame of the loopback network is not whole");
            }
            BoundedInput body = parser.body(codec);
            ArrivedMessages arrived = new ArrivedMessages();
            while (arrived.decode(body, codec)) {
                arrived.announce(handler);
                for (int i = 0; i < arrived.count(); i++) {
                    handler.received(from, arrived.message(i));
                }
                arrived.end();
            }
            parser.spoil();
            handler.turnEnded();
        }
    }
}
