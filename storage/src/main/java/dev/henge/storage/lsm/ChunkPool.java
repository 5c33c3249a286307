package dev.henge.storage.lsm;

import java.util.ArrayDeque;

/** Memory that memtables take from and give back to, so that the collector need not chase it. Thread-safe. */
final class ChunkPool {

    static final int CHUNK_BYTES = 1 << 20;

    private final int keptMax;
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();
    private int[][] hashTable;
    /** Given back, and not zeroed yet. */
    private int[][] usedHashTable;

    ChunkPool(int keptMax) {
        this.keptMax = keptMax;
    }

    synchronized byte[] take() {
        byte[] chunk = free.pollLast();
        return chunk != null ? chunk : new byte[CHUNK_BYTES];
    }

    synchronized void give(byte[] chunk) {
        if (chunk.length == CHUNK_BYTES && free.size() < keptMax) {
            free.addLast(chunk);
        }
    }

    /** The zeroed parts of a {@link HashIndex} as large as the last one that was given back, or of so many slots. */
    synchronized int[][] takeHashTable(int slots) {
        int[][] table = hashTable;
        hashTable = null;
        return table != null ? table : HashIndex.made(slots);
    }

    /** Takes back a hash table; it is of use again after {@link #clean}. */
    synchronized void giveHashTable(int[][] table) {
        if (usedHashTable == null || HashIndex.slots(usedHashTable) < HashIndex.slots(table)) {
            usedHashTable = table;
        }
    }

    /** Zeroes what was given back: for threads that may take their time. */
    void clean() {
        int[][] table = takeUsed();
        if (table != null) {
            HashIndex.clean(table);
            keep(table);
        }
    }

    private synchronized int[][] takeUsed() {
        int[][] table = usedHashTable;
        usedHashTable = null;
        return table;
    }

    private synchronized void keep(int[][] table) {
        if (hashTable == null || HashIndex.slots(hashTable) < HashIndex.slots(table)) {
            hashTable = table;
        }
    }
}
