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
    private final MergeOperator operator;

    /** @param operator null if there are no operands */
    TableReads(Damages damages, MergeOperator operator) {
        this.damages = damages;
        this.operator = operator;
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
        return get(runs, key, keyLength, hash, null);
    }

    static byte[] join(MergeOperator operator, byte[] key, int keyLength, byte[] older, byte[] newer) {
        return older == null || newer == null ? MergeOperator.join(operator, key, older, newer)
            : operator.merge(key.length == keyLength ? key : Arrays.copyOf(key, keyLength), older, newer);
    }

    /** The newest value of the key, with operands that are newer still put on it (null: none); or null. */
    byte[] get(List<Run> runs, byte[] key, int keyLength, long hash, byte[] operands) {
        byte[] newer = operands;
        for (int i = 0; i < runs.size(); i++) {
            Table table = runs.get(i).tableFor(key, keyLength);
            try {
                if (!table.mayContain(key, keyLength, hash)) {
                    bloomNegatives++;
                    continue;
                }
                tableReads++;
                if (table.get(key, keyLength, hash, found)) {
                    newer = join(operator, key, keyLength, found.value, newer);
                    found.value = null;
                    if (!StoredValue.isOperand(found.kind)) {
                        return newer;
                    }
                } else {
                    bloomFalse++;
                }
            } catch (CorruptTableException | InternalError e) {
                damages.pass(table, Arrays.copyOf(key, keyLength), e);
            }
        }
        return newer;
    }
}
