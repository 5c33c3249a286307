package dev.henge.storage.lsm;

import java.util.Arrays;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

/** A {@link ByteStore} in a TreeMap: for tests, simulations and scratch. */
public final class MemoryByteStore implements ByteStore {

    private final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

    private final MergeOperator operator;

    public MemoryByteStore() {
        this(null);
    }

    /** @param operator for {@link #merge}, or null */
    public MemoryByteStore(MergeOperator operator) {
        this.operator = operator;
    }

    @Override
    public byte[] get(byte[] key, int keyLength) {
        byte[] value = entries.get(exact(key, keyLength));
        return value == null ? null : value.clone();
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
        entries.put(Arrays.copyOf(key, keyLength), Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength));
    }

    @Override
    public void merge(byte[] key, int keyLength, byte[] operand) {
        if (operator == null) {
            throw new UnsupportedOperationException("a store without a merge operator");
        }
        byte[] exact = Arrays.copyOf(key, keyLength);
        entries.put(exact, MergeOperator.join(operator, exact, entries.get(exact), operand.clone()));
    }

    @Override
    public void delete(byte[] key, int keyLength) {
        entries.remove(exact(key, keyLength));
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        return new Cursor(from == null ? null : from.clone(), to == null ? null : to.clone(), reverse);
    }

    /** The number of keys. */
    public int size() {
        return entries.size();
    }

    private static byte[] exact(byte[] key, int keyLength) {
        return key.length == keyLength ? key : Arrays.copyOf(key, keyLength);
    }

    /** Steps by key, never by iterator: so it survives changes of the map. */
    private final class Cursor implements ByteCursor {
        private final byte[] from;
        private final byte[] to;
        private final boolean reverse;
        private byte[] key;
        private byte[] value;
        private boolean done;

        Cursor(byte[] from, byte[] to, boolean reverse) {
            this.from = from;
            this.to = to;
            this.reverse = reverse;
        }

        @Override
        public boolean next() {
            Map.Entry<byte[], byte[]> entry = done ? null : reverse ? below() : above();
            if (entry == null || outside(entry.getKey())) {
                done = true;
                key = null;
                value = null;
                return false;
            }
            key = entry.getKey();
            value = entry.getValue();
            return true;
        }

        private Map.Entry<byte[], byte[]> above() {
            if (key != null) {
                return entries.higherEntry(key);
            }
            return from == null ? entries.firstEntry() : entries.ceilingEntry(from);
        }

        private Map.Entry<byte[], byte[]> below() {
            if (key != null) {
                return entries.lowerEntry(key);
            }
            return to == null ? entries.lastEntry() : entries.lowerEntry(to);
        }

        private boolean outside(byte[] candidate) {
            return reverse
                ? from != null && Arrays.compareUnsigned(candidate, from) < 0
                : to != null && Arrays.compareUnsigned(candidate, to) >= 0;
        }

        @Override
        public byte[] key() {
            return current(key);
        }

        @Override
        public byte[] value() {
            return current(value);
        }

        private byte[] current(byte[] part) {
            if (part == null) {
                throw new NoSuchElementException("the cursor stands on no entry");
            }
            return part;
        }

        @Override
        public void close() {
            done = true;
        }
    }
}
