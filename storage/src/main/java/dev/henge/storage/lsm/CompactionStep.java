package dev.henge.storage.lsm;

import java.util.List;

/**
 * One step of compaction: tables that become other tables. It is bounded in bytes, needs that much more disk, and is
 * published by itself.
 *
 * @param inputs   the tables, as parts of runs, the newest run first
 * @param level    the level of what comes out
 * @param moves    the tables go there as they are: they meet nothing there
 * @param collects the live values in value files that are mostly dead go to a new file
 */
record CompactionStep(List<Run> inputs, int level, boolean moves, boolean collects) {

    List<Table> tables() {
        return inputs.stream().flatMap(run -> run.tables().stream()).toList();
    }

    /** The bytes of level 0 that are gone from there after it. */
    long levelZeroBytes() {
        return level == 0 ? 0 : inputs.stream().filter(run -> run.level() == 0).mapToLong(Run::bytes).sum();
    }

    /** The runs of the set that are older than all inputs. */
    List<Run> below(TableSet set) {
        Table oldest = inputs.get(inputs.size() - 1).tables().get(0);
        for (int i = 0; i < set.runs.size(); i++) {
            if (set.runs.get(i).tables().contains(oldest)) {
                return set.runs.subList(i + 1, set.runs.size());
            }
        }
        throw new IllegalStateException("a step over a table that is not there");
    }
}
