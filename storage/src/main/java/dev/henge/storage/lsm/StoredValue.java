package dev.henge.storage.lsm;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A value as a table holds it: a kind byte and a body, which is nothing, the value, or a pointer into a value file.
 *
 * <pre>
 * tombstone      : 0
 * inline         : 1 | value
 * pointer        : 2 | file u64 | offset u64 | length u32 | CRC-32C u32 of the value
 * merge operand  : 3 | operand
 * operand's pointer : 4 | as a pointer
 * </pre>
 */
final class StoredValue {

    static final byte TOMBSTONE_KIND = 0;
    static final byte INLINE_KIND = 1;
    static final byte POINTER_KIND = 2;
    static final byte OPERAND_KIND = 3;
    static final byte OPERAND_POINTER_KIND = 4;
    static final byte[] TOMBSTONE = {TOMBSTONE_KIND};
    static final int POINTER_BYTES = 25;

    private StoredValue() {
    }

    /** Where a large value lies. */
    record Pointer(long file, long offset, int length, int check) {
        byte[] encode() {
            return encode(POINTER_KIND);
        }

        byte[] encode(byte kind) {
            return ByteBuffer.allocate(POINTER_BYTES).put(kind).putLong(file).putLong(offset).putInt(length)
                .putInt(check).array();
        }
    }

    static byte[] inline(byte[] value) {
        byte[] stored = new byte[value.length + 1];
        stored[0] = INLINE_KIND;
        System.arraycopy(value, 0, stored, 1, value.length);
        return stored;
    }

    static boolean isTombstone(byte[] stored) {
        return stored[0] == TOMBSTONE_KIND;
    }

    static boolean isPointer(byte[] stored) {
        return isPointer(stored[0]);
    }

    /** Whether the body of this kind is a pointer. */
    static boolean isPointer(byte kind) {
        return kind == POINTER_KIND || kind == OPERAND_POINTER_KIND;
    }

    /** Whether what is stored is to be merged with what is older. */
    static boolean isOperand(byte kind) {
        return kind == OPERAND_KIND || kind == OPERAND_POINTER_KIND;
    }

    static byte[] inlineValue(byte[] stored) {
        return Arrays.copyOfRange(stored, 1, stored.length);
    }

    static Pointer pointer(byte[] stored) {
        return pointer(stored, 1);
    }

    /** The pointer whose body begins at the offset. */
    static Pointer pointer(byte[] bytes, int offset) {
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, POINTER_BYTES - 1);
        return new Pointer(in.getLong(), in.getLong(), in.getInt(), in.getInt());
    }
}
