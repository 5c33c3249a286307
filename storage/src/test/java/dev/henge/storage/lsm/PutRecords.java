package dev.henge.storage.lsm;

import java.nio.ByteBuffer;

/** The records of an owner whose every record is one put, one delete or one merge. */
final class PutRecords {

    private PutRecords() {
    }

    static long put(LsmStore store, byte[] key, byte[] value) {
        byte[] record = ByteBuffer.allocate(5 + key.length + value.length).put((byte) 1).putInt(key.length).put(key)
            .put(value).array();
        long position = store.append(record, 0, record.length);
        store.put(key, value);
        return position;
    }

    static long delete(LsmStore store, byte[] key) {
        byte[] record = ByteBuffer.allocate(5 + key.length).put((byte) 0).putInt(key.length).put(key).array();
        long position = store.append(record, 0, record.length);
        store.delete(key);
        return position;
    }

    static long merge(LsmStore store, byte[] key, byte[] operand) {
        byte[] record = ByteBuffer.allocate(5 + key.length + operand.length).put((byte) 2).putInt(key.length).put(key)
            .put(operand).array();
        long position = store.append(record, 0, record.length);
        store.merge(key, key.length, operand);
        return position;
    }

    static void apply(ByteStore store, byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        int kind = in.get();
        byte[] key = new byte[in.getInt()];
        in.get(key);
        byte[] value = new byte[in.remaining()];
        in.get(value);
        switch (kind) {
            case 0 -> store.delete(key);
            case 1 -> store.put(key, value);
            default -> store.merge(key, key.length, value);
        }
    }
}
