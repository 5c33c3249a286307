package dev.henge.storage.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The memtables of a store: the active one, and the frozen ones on their way into tables, which are flushed in the
 * order of their freezing.
 *
 * <p>The owner thread makes all calls but {@link #entries} and {@link #bytes}, which any thread may make.
 */
final class Memtables {

    /** Chunks that are kept beside what fills the memory: each memtable has one that is not full. */
    private static final int POOLED_BESIDE = 4;

    private final ChunkPool chunks;
    private long seeds;
    private long orders;
    private volatile Memtable active;
    /** The newest first. Replaced as a whole. */
    private volatile Memtable[] frozen = {};

    /** @param memoryBytes what they take together, about */
    Memtables(long memoryBytes) {
        this.chunks = new ChunkPool((int) (POOLED_BESIDE + memoryBytes / ChunkPool.CHUNK_BYTES));
        this.active = fresh();
    }

    private Memtable fresh() {
        Memtable memtable = new Memtable(chunks, seeds++);
        memtable.hold();
        return memtable;
    }

    Memtable active() {
        return active;
    }

    /** The newest first; not to be changed. */
    Memtable[] frozen() {
        return frozen;
    }

    /** Freezes the active one, which holds all up to this log position, and begins another. */
    Memtable freeze(long position) {
        Memtable full = active;
        full.freeze(position, ++orders);
        Memtable[] now = frozen;
        Memtable[] more = new Memtable[now.length + 1];
        more[0] = full;
        System.arraycopy(now, 0, more, 1, now.length);
        // In this order: who counts from another thread rather sees it twice than not at all.
        frozen = more;
        active = fresh();
        return full;
    }

    /** Lets go of the frozen ones up to this place in their order. */
    void drop(long order) {
        Memtable[] now = frozen;
        int left = now.length;
        while (left > 0 && now[left - 1].order() <= order) {
            left--;
        }
        if (left == now.length) {
            return;
        }
        frozen = Arrays.copyOf(now, left);
        for (int i = left; i < now.length; i++) {
            now[i].release();
        }
    }

    /** Makes ready for use what was given back. Any thread; takes milliseconds. */
    void clean() {
        chunks.clean();
    }

    /** All of them, the newest first, each held for the caller. */
    List<Memtable> holdAll() {
        List<Memtable> all = new ArrayList<>(1 + frozen.length);
        all.add(active);
        all.addAll(Arrays.asList(frozen));
        all.forEach(Memtable::hold);
        return all;
    }

    /** The memtable that has the key, if only to say that it is deleted; the newest such one, or null. */
    Memtable frozenWith(byte[] key, int keyLength, int hash) {
        for (Memtable memtable : frozen) {
            if (memtable.find(key, keyLength, hash) != Memtable.NONE) {
                return memtable;
            }
        }
        return null;
    }

    long entries() {
        long entries = active.count();
        for (Memtable memtable : frozen) {
            entries += memtable.count();
        }
        return entries;
    }

    long bytes() {
        long bytes = active.bytes();
        for (Memtable memtable : frozen) {
            bytes += memtable.bytes();
        }
        return bytes;
    }
}
