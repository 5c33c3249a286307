package dev.henge.storage.lsm;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.serializer.GroupSerializerObjectArray;

/**
 * The keys, or the values, of a node of a MapDB table: each a packed length and its bytes. The bytes are those of
 * MapDB's own BYTE_ARRAY serializer; only the search is ours: it compares in the mapping and makes no arrays.
 */
final class ByteArrayColumn extends GroupSerializerObjectArray<byte[]> {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    @Override
    public void serialize(DataOutput2 out, byte[] value) throws IOException {
        out.packInt(value.length);
        out.write(value);
    }

    @Override
    public byte[] deserialize(DataInput2 in, int available) throws IOException {
        byte[] bytes = new byte[in.unpackInt()];
        in.readFully(bytes);
        return bytes;
    }

    @Override
    public byte[] valueArrayBinaryGet(DataInput2 in, int size, int index) throws IOException {
        for (int i = 0; i < index; i++) {
            int length = in.unpackInt();
            in.setPos(in.getPos() + length);
        }
        return deserialize(in, -1);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public int valueArrayBinarySearch(byte[] key, DataInput2 in, int size, Comparator comparator)
            throws IOException {
        ByteBuffer buffer = in.internalByteBuffer();
        for (int i = 0; i < size; i++) {
            int length = in.unpackInt();
            int start = in.getPos();
            int order = compare(key, buffer, start, length);
            if (order == 0) {
                return i;
            }
            if (order < 0) {
                return -(i + 1);
            }
            in.setPos(start + length);
        }
        return -(size + 1);
    }

    private static int compare(byte[] key, ByteBuffer buffer, int start, int length) {
        int common = Math.min(key.length, length);
        int i = 0;
        for (; i <= common - 8; i += 8) {
            long x = (long) LONGS.get(key, i);
            long y = buffer.getLong(start + i);
            if (x != y) {
                return Long.compareUnsigned(x, y);
            }
        }
        for (; i < common; i++) {
            int order = (key[i] & 0xFF) - (buffer.get(start + i) & 0xFF);
            if (order != 0) {
                return order;
            }
        }
        return key.length - length;
    }

    @Override
    public int compare(byte[] x, byte[] y) {
        return Arrays.compareUnsigned(x, y);
    }

    @Override
    public boolean equals(byte[] x, byte[] y) {
        return Arrays.equals(x, y);
    }

    @Override
    public int hashCode(byte[] value, int seed) {
        return Arrays.hashCode(value) + seed;
    }
}
