package dev.henge.ring.placement;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The ring state as bytes, big-endian: magic, version, cluster, settings, nodes and removals in the order of their
 * ids, in version 2 what operators want, CRC-32C of all before it. What version 1 can say is written as version 1, so
 * that nodes which know no other understand it. Described in docs/formats/ring-state.md and frozen by golden tests.
 */
final class RingStateCodec {
    static final int MAGIC = 0x48524e47; // "HRNG"
    /** Without wishes. */
    static final byte VERSION_1 = 1;
    static final byte VERSION_2 = 2;
    /** The most bytes of a state: its bounds, with every text at its longest. */
    static final int MAX_ENCODED_BYTES = 5 << 20;

    /** Once a node's standing between join and leave, of which only "up" was ever written. */
    private static final byte UP = 1;

    private static final int CHECKSUM_BYTES = 4;
    private static final int TEXT_BYTES_MAX = NodeState.MAX_TEXT_BYTES + 1;
    private static final int NODE_BYTES_MAX = 3 * TEXT_BYTES_MAX + 8 + 8 + 1 + 2 + 2 + 2 + 4;
    private static final int REMOVED_BYTES_MAX = TEXT_BYTES_MAX + 8;
    private static final int PACE_BYTES_MAX = 8 + TEXT_BYTES_MAX + 8 + 1;
    private static final int FIXED_BYTES_MAX =
        4 + 1 + TEXT_BYTES_MAX + 4 * 4 + 2 + 2 + 3 + PACE_BYTES_MAX + CHECKSUM_BYTES;
    private static final int GOAL_BYTES_MAX = 8 + 8 + TEXT_BYTES_MAX + 4 + 2 + 2;
    private static final int SEAT_BYTES_MAX = 3 * TEXT_BYTES_MAX + 4;

    private RingStateCodec() {
    }

    static byte[] encode(RingState state) {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES_MAX + state.nodes().size() * NODE_BYTES_MAX
            + state.removed().size() * REMOVED_BYTES_MAX + maxBytes(state.goal()) + maxBytes(state.before())
            + maxBytes(state.staged()));
        boolean wished = !state.wishes().equals(Wishes.NONE);
        out.putInt(MAGIC).put(wished ? VERSION_2 : VERSION_1);
        putText(out, state.cluster());
        RingSettings s = state.settings();
        out.putInt(s.vnodes()).putInt(s.tokens()).putInt(s.replicas()).putInt(s.epsilonPermille());
        out.putShort((short) state.nodes().size());
        state.nodes().values().forEach(n -> putNode(out, n));
        out.putShort((short) state.removed().size());
        state.removed().forEach((id, incarnation) -> {
            putText(out, id);
            out.putLong(incarnation);
        });
        if (wished) {
            putWishes(out, state.wishes());
        }
        out.putInt(checksum(out.array(), out.position()));
        byte[] bytes = new byte[out.position()];
        System.arraycopy(out.array(), 0, bytes, 0, bytes.length);
        return bytes;
    }

    private static int maxBytes(Optional<Goal> goal) {
        return goal.map(g -> GOAL_BYTES_MAX + g.seats().size() * SEAT_BYTES_MAX + g.gone().size() * TEXT_BYTES_MAX)
            .orElse(0);
    }

    private static void putNode(ByteBuffer out, NodeState n) {
        putText(out, n.id());
        out.putLong(n.incarnation()).putLong(n.version()).put(UP);
        putText(out, n.address().host());
        out.putShort((short) n.address().clientPort());
        out.putShort((short) n.address().internalPort());
        out.putShort((short) n.address().gossipPort());
        putText(out, n.zone());
        out.putInt(n.weight());
    }

    private static void putWishes(ByteBuffer out, Wishes wishes) {
        putGoal(out, wishes.goal());
        putGoal(out, wishes.before());
        putGoal(out, wishes.staged());
        Pace pace = wishes.pace();
        out.putLong(pace.version());
        putText(out, pace.author());
        out.putLong(pace.bytesPerSecond()).put((byte) (pace.paused() ? 1 : 0));
    }

    private static void putGoal(ByteBuffer out, Optional<Goal> optional) {
        out.put((byte) (optional.isPresent() ? 1 : 0));
        optional.ifPresent(goal -> {
            out.putLong(goal.version()).putLong(goal.edit());
            putText(out, goal.author());
            out.putInt(goal.replicas()).putShort((short) goal.seats().size());
            goal.seats().forEach(seat -> {
                putText(out, seat.node());
                putText(out, seat.name().equals(seat.node()) ? "" : seat.name());
                putText(out, seat.zone());
                out.putInt(seat.weight());
            });
            out.putShort((short) goal.gone().size());
            goal.gone().forEach(id -> putText(out, id));
        });
    }

    private static void putText(ByteBuffer out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.put((byte) utf8.length).put(utf8);
    }

    static RingState decode(byte[] bytes) {
        if (bytes.length > MAX_ENCODED_BYTES) {
            throw new RingState.FormatException("a ring state of " + bytes.length + " bytes is over the limit of "
                + MAX_ENCODED_BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.getInt() != MAGIC) {
                throw new RingState.FormatException("not a ring state");
            }
            byte version = in.get();
            if (version != VERSION_1 && version != VERSION_2) {
                throw new RingState.FormatException("ring state version " + version + " is not known here");
            }
            int end = bytes.length - CHECKSUM_BYTES;
            if (ByteBuffer.wrap(bytes).getInt(end) != checksum(bytes, end)) {
                throw new RingState.FormatException("the ring state's checksum is wrong");
            }
            in.limit(end);
            RingState state = body(in, version);
            if (in.hasRemaining()) {
                throw new RingState.FormatException(in.remaining() + " bytes too many in a ring state");
            }
            return state;
        } catch (BufferUnderflowException | IndexOutOfBoundsException cut) {
            throw new RingState.FormatException("a ring state is cut off", cut);
        } catch (RingState.FormatException told) {
            throw told;
        } catch (IllegalArgumentException outOfBounds) {
            throw new RingState.FormatException("a ring state holds what none may: " + outOfBounds.getMessage(),
                outOfBounds);
        }
    }

    private static RingState body(ByteBuffer in, byte version) {
        String cluster = text(in);
        RingSettings settings = new RingSettings(in.getInt(), in.getInt(), in.getInt(), in.getInt());
        int nodeCount = Short.toUnsignedInt(in.getShort());
        List<NodeState> nodes = new ArrayList<>();
        for (int i = 0; i < nodeCount; i++) {
            nodes.add(node(in));
        }
        int removedCount = Short.toUnsignedInt(in.getShort());
        Map<String, Long> removed = new TreeMap<>();
        for (int i = 0; i < removedCount; i++) {
            removed.merge(text(in), in.getLong(), Math::max);
        }
        return RingState.of(cluster, settings, nodes, removed, version == VERSION_1 ? Wishes.NONE : wishes(in));
    }

    private static Wishes wishes(ByteBuffer in) {
        return new Wishes(goal(in), goal(in), goal(in), new Pace(in.getLong(), text(in), in.getLong(), flag(in)));
    }

    private static Optional<Goal> goal(ByteBuffer in) {
        if (!flag(in)) {
            return Optional.empty();
        }
        long version = in.getLong();
        long edit = in.getLong();
        String author = text(in);
        int replicas = in.getInt();
        int seatCount = Short.toUnsignedInt(in.getShort());
        List<Seat> seats = new ArrayList<>();
        for (int i = 0; i < seatCount; i++) {
            String node = text(in);
            String name = text(in);
            seats.add(new Seat(node, name.isEmpty() ? node : name, text(in), in.getInt()));
        }
        int goneCount = Short.toUnsignedInt(in.getShort());
        List<String> gone = new ArrayList<>();
        for (int i = 0; i < goneCount; i++) {
            gone.add(text(in));
        }
        return Optional.of(new Goal(version, edit, author, replicas, seats, gone));
    }

    private static boolean flag(ByteBuffer in) {
        byte flag = in.get();
        if (flag < 0 || flag > 1) {
            throw new RingState.FormatException(flag + " is no yes or no in a ring state");
        }
        return flag == 1;
    }

    private static NodeState node(ByteBuffer in) {
        String id = text(in);
        long incarnation = in.getLong();
        long version = in.getLong();
        byte standing = in.get();
        if (standing != UP) {
            throw new RingState.FormatException("a ring state with a node of standing " + standing);
        }
        NodeAddress address = new NodeAddress(text(in), port(in), port(in), port(in));
        return new NodeState(id, incarnation, version, address, text(in), in.getInt());
    }

    private static int port(ByteBuffer in) {
        return Short.toUnsignedInt(in.getShort());
    }

    private static String text(ByteBuffer in) {
        byte[] utf8 = new byte[Byte.toUnsignedInt(in.get())];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
