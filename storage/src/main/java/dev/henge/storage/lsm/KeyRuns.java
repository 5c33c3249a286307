package dev.henge.storage.lsm;

/** The runs of a memtable: one for several lists, of which one at a time has it. */
final class KeyRuns {

    private static final int RUNS = 64;

    private final KeyRun[] runs = new KeyRun[RUNS];

    KeyRuns(int heightMax) {
        for (int i = 0; i < RUNS; i++) {
            runs[i] = new KeyRun(heightMax);
        }
    }

    /** The one for the list of a prefix, whoever has it now. */
    KeyRun at(int prefix) {
        return runs[prefix % RUNS];
    }
}
