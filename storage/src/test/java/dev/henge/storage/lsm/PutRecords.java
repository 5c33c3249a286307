package dev.henge.storage.lsm;

import java.nio.ByteBuffer;

/** The records of an owner whose every record is one put or one delete. */
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

    static void apply(ByteStore store, byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        boolean put = in.get() == 1;
        byte[] key = new byte[in.getInt()];
        in.get(key);
        if (put) {
            byte[] value = new byte[in.remaining()];
            in.get(value);
            store.put(key, value);
        } else {
            store.delete(key);
        }
    }
}
