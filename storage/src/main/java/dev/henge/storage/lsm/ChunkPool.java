package dev.henge.storage.lsm;

import java.util.ArrayDeque;

/** Memory that memtables take from and give back to, so that the collector need not chase it. Thread-safe. */
final class ChunkPool {

    static final int CHUNK_BYTES = 1 << 20;

    private final int keptMax;
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();
    private int[] hashTable;

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

    /** A zeroed hash table as large as the last one that was given back, or of the given length. */
    synchronized int[] takeHashTable(int length) {
        int[] table = hashTable;
        hashTable = null;
        return table != null ? table : new int[length];
    }

    synchronized void giveHashTable(int[] table) {
        if (hashTable == null || hashTable.length < table.length) {
            hashTable = table;
        }
    }
}
