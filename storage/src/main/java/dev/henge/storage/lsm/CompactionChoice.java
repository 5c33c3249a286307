package dev.henge.storage.lsm;

import java.util.List;

/**
 * Which neighbouring runs to merge next: size-tiered ("universal") compaction, decided from sizes alone.
 *
 * <p>Runs are counted from the newest. In this order:
 * <ol>
 * <li>If the runs above the oldest have grown to its size, merge all: at most half of the space is old versions.
 * <li>Four or more neighbours, each at most twice as large as those above it together, are one tier: merge them.
 *     So an entry is written again about log4(data / memtable) times.
 * <li>If there are still more runs than wanted, merge the newest ones until there are not.
 * </ol>
 */
final class CompactionChoice {

    static final int TIER_RUNS = 4;
    private static final int TIER_RATIO = 2;

    /** Runs {@code from} to {@code to} (exclusive). */
    record Range(int from, int to) {
    }

    private CompactionChoice() {
    }

    /** The runs to merge, or null; {@code bottom} says whether the list reaches down to the oldest run. */
    static Range choose(List<Long> bytes, int runsMax, boolean bottom) {
        int count = bytes.size();
        if (bottom && count >= 2) {
            long above = bytes.subList(0, count - 1).stream().mapToLong(Long::longValue).sum();
            if (count > 2 && above >= bytes.get(count - 1)) {
                return new Range(0, count);
            }
        }
        for (int from = 0; from + TIER_RUNS <= count; from++) {
            int to = endOfTier(bytes, from);
            if (to - from >= TIER_RUNS) {
                return new Range(from, to);
            }
        }
        return count > runsMax ? new Range(0, count - runsMax + 1) : null;
    }

    private static int endOfTier(List<Long> bytes, int from) {
        long sum = bytes.get(from);
        int to = from + 1;
        while (to < bytes.size() && bytes.get(to) <= TIER_RATIO * sum) {
            sum += bytes.get(to++);
        }
        return to;
    }
}
