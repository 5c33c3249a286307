package dev.henge.storage.lsm.bench;

import java.nio.file.Path;

/** A store under measurement: what both engines must do, in calls that neither pays more for than its users do. */
interface Engine extends AutoCloseable {

    /** What both engines are given. */
    record Setting(long memtableBytes, boolean sync) {

        static final Setting UNSYNCED = new Setting(64L << 20, false);
        static final Setting SYNCED = new Setting(64L << 20, true);
    }

    String HENGE = "henge";
    String ROCKSDB = "rocksdb";

    static Engine open(String name, Path dir, Setting setting) {
        return switch (name) {
            case HENGE -> new HengeEngine(dir, setting);
            case ROCKSDB -> new RocksEngine(dir, setting);
            default -> throw new IllegalArgumentException("no engine is called " + name);
        };
    }

    /** Fetches the value into memory of this process; its length, or -1. */
    int get(byte[] key);

    /** Adds a put to the group. It need not be seen by reads before {@link #endGroup}. */
    void put(byte[] key, byte[] value);

    /** Adds a delete to the group. */
    void delete(byte[] key);

    /** Gives the group to the log (in one write) and the memtable. With sync it returns when the disk has it. */
    void endGroup();

    /**
     * Reads keys and values of up to so many entries from the key on (inclusive; exclusive and downwards with
     * {@code reverse}); null is the end that the walk begins at. A digest of what was seen.
     */
    long scan(byte[] from, int entriesMax, boolean reverse);

    /** Makes tables of what is in memory. */
    void flush();

    /** Flushes, and waits until no compaction has anything to do. */
    void settle();

    @Override
    void close();
}
