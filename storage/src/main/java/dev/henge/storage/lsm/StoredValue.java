package dev.henge.storage.lsm;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A value as a table holds it: a kind byte and then nothing, the value, or a pointer into a value file.
 *
 * <pre>
 * tombstone: 0
 * inline   : 1 | value
 * pointer  : 2 | file u64 | offset u64 | length u32 | CRC-32C u32 of the value
 * </pre>
 */
final class StoredValue {

    static final byte[] TOMBSTONE = {0};
    private static final byte INLINE = 1;
    private static final byte POINTER = 2;
    static final int POINTER_BYTES = 25;

    private StoredValue() {
    }

    /** Where a large value lies. */
    record Pointer(long file, long offset, int length, int check) {
        byte[] encode() {
            return ByteBuffer.allocate(POINTER_BYTES).put(POINTER).putLong(file).putLong(offset).putInt(length)
                .putInt(check).array();
        }
    }

    static byte[] inline(byte[] value) {
        byte[] stored = new byte[value.length + 1];
        stored[0] = INLINE;
        System.arraycopy(value, 0, stored, 1, value.length);
        return stored;
    }

    static boolean isTombstone(byte[] stored) {
        return stored[0] == 0;
    }

    static boolean isPointer(byte[] stored) {
        return stored[0] == POINTER;
    }

    static byte[] inlineValue(byte[] stored) {
        return Arrays.copyOfRange(stored, 1, stored.length);
    }

    static Pointer pointer(byte[] stored) {
        ByteBuffer in = ByteBuffer.wrap(stored, 1, POINTER_BYTES - 1);
        return new Pointer(in.getLong(), in.getLong(), in.getInt(), in.getInt());
    }
}
