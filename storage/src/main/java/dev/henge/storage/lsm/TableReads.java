package dev.henge.storage.lsm;

import java.util.Arrays;
import java.util.List;

/** How the owner thread looks a key up in runs, and the counts of it. */
final class TableReads {

    volatile long bloomNegatives;
    volatile long bloomFalse;
    volatile long tableReads;

    /** The newest value of the key, or null. */
    byte[] get(List<Run> runs, byte[] key, int keyLength, long hash) {
        byte[] exact = null;
        for (int i = 0; i < runs.size(); i++) {
            Table table = runs.get(i).tableFor(key, keyLength);
            if (!table.mayContain(key, keyLength, hash)) {
                bloomNegatives++;
                continue;
            }
            if (exact == null) {
                exact = key.length == keyLength ? key : Arrays.copyOf(key, keyLength);
            }
            tableReads++;
            byte[] stored = table.get(exact);
            if (stored != null) {
                return table.resolve(stored);
            }
            bloomFalse++;
        }
        return null;
    }
}
