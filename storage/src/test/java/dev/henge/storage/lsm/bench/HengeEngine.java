package dev.henge.storage.lsm.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.LogSync;
import dev.henge.storage.lsm.LsmListener;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Henge's store, used as a node uses it: a group is a turn, its puts are in one log record each, and a synced
 * group waits for the syncer's word.
 */
final class HengeEngine implements Engine {

    private static final long QUIET_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long QUIET_CPU_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final int RECORD_HEAD_BYTES = 3;

    private final LsmStore store;
    private final Setting setting;
    private volatile Thread waiter;
    private byte[] record = new byte[1024];
    /** Where values go that nobody looks at, so that the copy is made. */
    private byte[] last;

    HengeEngine(Path dir, Setting setting) {
        this.setting = setting;
        LsmOptions options = LsmOptions.defaults().withMemtableBytes(setting.memtableBytes()).withLogRetainBytes(0)
            .withLogSync(setting.sync() ? LogSync.ALWAYS : LogSync.NEVER);
        store = LsmStore.open(dir, options, new Listener());
    }

    private final class Listener implements LsmListener {
        private LsmStore opened;

        @Override
        public void opening(LsmStore opening) {
            opened = opening;
        }

        @Override
        public void replay(long position, byte[] replayed) {
            ByteBuffer in = ByteBuffer.wrap(replayed);
            boolean put = in.get() == 1;
            byte[] key = new byte[in.getShort()];
            in.get(key);
            if (put) {
                opened.put(key, key.length, replayed, in.position(), in.remaining());
            } else {
                opened.delete(key);
            }
        }

        @Override
        public void synced(long position) {
            Thread waiting = waiter;
            if (waiting != null) {
                LockSupport.unpark(waiting);
            }
        }
    }

    @Override
    public int get(byte[] key) {
        byte[] value = store.get(key, key.length);
        last = value;
        return value == null ? -1 : value.length;
    }

    @Override
    public void put(byte[] key, byte[] value) {
        log(true, key, value);
        store.put(key, key.length, value, 0, value.length);
    }

    @Override
    public void delete(byte[] key) {
        log(false, key, new byte[0]);
        store.delete(key, key.length);
    }

    private void log(boolean put, byte[] key, byte[] value) {
        int length = RECORD_HEAD_BYTES + key.length + value.length;
        if (record.length < length) {
            record = new byte[length];
        }
        record[0] = (byte) (put ? 1 : 0);
        record[1] = (byte) (key.length >>> 8);
        record[2] = (byte) key.length;
        System.arraycopy(key, 0, record, RECORD_HEAD_BYTES, key.length);
        System.arraycopy(value, 0, record, RECORD_HEAD_BYTES + key.length, value.length);
        store.append(record, 0, length);
    }

    @Override
    public void endGroup() {
        store.endTurn();
        if (setting.sync()) {
            long target = store.writtenPosition();
            waiter = Thread.currentThread();
            while (store.syncedPosition() < target && !store.failed()) {
                LockSupport.park(this);
            }
            waiter = null;
        }
        if (store.failed()) {
            throw new IllegalStateException(store.failure());
        }
    }

    @Override
    public long scan(byte[] from, int entriesMax, boolean reverse) {
        long digest = 0;
        try (ByteCursor cursor = store.scan(reverse ? null : from, reverse ? from : null, reverse)) {
            for (int n = 0; n < entriesMax && cursor.next(); n++) {
                byte[] key = cursor.key();
                byte[] value = cursor.value();
                digest = Work.digest(digest, key, key.length, value, value.length);
            }
        }
        return digest;
    }

    @Override
    public void flush() {
        store.checkpoint();
        if (store.failed()) {
            throw new IllegalStateException(store.failure());
        }
    }

    /** Quiet is: next to no CPU in this process. */
    @Override
    public void settle() {
        flush();
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int quiet = 0; quiet < 2; ) {
            long cpu = system.getProcessCpuTime();
            LockSupport.parkNanos(QUIET_LOOK_NANOS);
            quiet = system.getProcessCpuTime() - cpu < QUIET_CPU_NANOS ? quiet + 1 : 0;
        }
        store.endTurn(); // takes up the tables
    }

    @Override
    public void close() {
        store.close();
        if (last != null && last.length == Integer.MAX_VALUE) {
            throw new AssertionError();
        }
    }

    @Override
    public String toString() {
        return store.stats().toString();
    }
}
