package dev.henge.ring.placement;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The ring state as bytes, version 1, big-endian: magic, version, cluster, settings, nodes and removals in the
 * order of their ids, CRC-32C of all before it. Described in docs/formats/ring-state.md and frozen by a golden test.
 */
final class RingStateCodec {
    static final int MAGIC = 0x48524e47; // "HRNG"
    static final byte VERSION = 1;
    /** The most bytes of a state: its bounds, with every text at its longest. */
    static final int MAX_ENCODED_BYTES = 2 << 20;

    private static final int CHECKSUM_BYTES = 4;
    private static final int TEXT_BYTES_MAX = NodeState.MAX_TEXT_BYTES + 1;
    private static final int NODE_BYTES_MAX = 3 * TEXT_BYTES_MAX + 8 + 8 + 1 + 2 + 2 + 2 + 4;
    private static final int REMOVED_BYTES_MAX = TEXT_BYTES_MAX + 8;
    private static final int FIXED_BYTES_MAX = 4 + 1 + TEXT_BYTES_MAX + 4 * 4 + 2 + 2 + CHECKSUM_BYTES;

    private RingStateCodec() {
    }

    static byte[] encode(RingState state) {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES_MAX + state.nodes().size() * NODE_BYTES_MAX
            + state.removed().size() * REMOVED_BYTES_MAX);
        out.putInt(MAGIC).put(VERSION);
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
        out.putInt(checksum(out.array(), out.position()));
        byte[] bytes = new byte[out.position()];
        System.arraycopy(out.array(), 0, bytes, 0, bytes.length);
        return bytes;
    }

    private static void putNode(ByteBuffer out, NodeState n) {
        putText(out, n.id());
        out.putLong(n.incarnation()).putLong(n.version()).put((byte) n.phase().ordinal());
        putText(out, n.address().host());
        out.putShort((short) n.address().clientPort());
        out.putShort((short) n.address().internalPort());
        out.putShort((short) n.address().gossipPort());
        putText(out, n.zone());
        out.putInt(n.weight());
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
            if (version != VERSION) {
                throw new RingState.FormatException("ring state version " + version + " is not known here");
            }
            int end = bytes.length - CHECKSUM_BYTES;
            if (ByteBuffer.wrap(bytes).getInt(end) != checksum(bytes, end)) {
                throw new RingState.FormatException("the ring state's checksum is wrong");
            }
            in.limit(end);
            RingState state = body(in);
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

    private static RingState body(ByteBuffer in) {
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
        return RingState.of(cluster, settings, nodes, removed);
    }

    private static NodeState node(ByteBuffer in) {
        String id = text(in);
        long incarnation = in.getLong();
        long version = in.getLong();
        int phase = in.get();
        Phase[] phases = Phase.values();
        if (phase < 0 || phase >= phases.length) {
            throw new RingState.FormatException("phase " + phase + " is not known here");
        }
        NodeAddress address = new NodeAddress(text(in), port(in), port(in), port(in));
        return new NodeState(id, incarnation, version, phases[phase], address, text(in), in.getInt());
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
