package dev.henge.storage.lsm;

import java.util.Arrays;
import java.util.List;

/** How the owner thread looks a key up in runs, and the counts of it. */
final class TableReads {

    private final Damages damages;
    volatile long bloomNegatives;
    volatile long bloomFalse;
    volatile long tableReads;

    TableReads(Damages damages) {
        this.damages = damages;
    }

    /**
     * The newest value of the key, or null.
     *
     * @throws CorruptTableException if a part of a table that may have it cannot be read, and is not excised
     */
    byte[] get(List<Run> runs, byte[] key, int keyLength, long hash) {
        byte[] exact = null;
        for (int i = 0; i < runs.size(); i++) {
            Table table = runs.get(i).tableFor(key, keyLength);
            if (exact == null) {
                exact = key.length == keyLength ? key : Arrays.copyOf(key, keyLength);
            }
            try {
                if (!table.mayContain(key, keyLength, hash)) {
                    bloomNegatives++;
                    continue;
                }
                tableReads++;
                byte[] stored = table.get(exact);
                if (stored != null) {
                    return table.resolve(stored);
                }
                bloomFalse++;
            } catch (CorruptTableException | InternalError e) {
                damages.pass(table, exact, e);
            }
        }
        return null;
    }
}
