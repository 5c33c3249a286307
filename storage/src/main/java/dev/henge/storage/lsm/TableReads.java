package dev.henge.storage.lsm;

import java.util.Arrays;
import java.util.List;

/** How the owner thread looks a key up in runs, and the counts of it. */
final class TableReads {

    volatile long bloomNegatives;
    volatile long bloomFalse;
    volatile long tableReads;
    private final FoundValue found = new FoundValue();

    private final Damages damages;

    TableReads(Damages damages) {
        this.damages = damages;
    }

    /** Whether the table may have the key; one whose filter cannot be read may have any. */
    static boolean mayContain(Table table, byte[] key, int keyLength, long hash) {
        try {
            return table.mayContain(key, keyLength, hash);
        } catch (CorruptTableException | InternalError e) {
            return true;
        }
    }

    /**
     * The newest value of the key, or null.
     *
     * @throws CorruptTableException if a part of a table that may have it cannot be read, and is not excised
     */
    byte[] get(List<Run> runs, byte[] key, int keyLength, long hash) {
        for (int i = 0; i < runs.size(); i++) {
            Table table = runs.get(i).tableFor(key, keyLength);
            try {
                if (!table.mayContain(key, keyLength, hash)) {
                    bloomNegatives++;
                    continue;
                }
                tableReads++;
                if (table.get(key, keyLength, hash, found)) {
                    byte[] value = found.value;
                    found.value = null;
                    return value;
                }
                bloomFalse++;
            } catch (CorruptTableException | InternalError e) {
                damages.pass(table, Arrays.copyOf(key, keyLength), e);
            }
        }
        return null;
    }
}
