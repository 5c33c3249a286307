package dev.henge.node.bench;

import dev.henge.node.bench.Workload.Group;
import dev.henge.node.bench.Workload.Sides;
import java.util.List;
import java.util.function.Function;

/**
 * What the operator asked for.
 *
 * @param rounds        how often each workload is measured on each side
 * @param requests      requests of a measurement with a pipeline; a quarter of them without
 * @param warmUpSeconds CPU seconds that each node uses, in the mean, before the first round
 * @param keys          how many keys there are
 * @param quick         whether only the quick rows are meant where {@code only} names none
 * @param only          beginnings of the names of the workloads wanted; empty for all
 * @param heap          Java heap of a node
 * @param smallHeapMb   Java heap of the node whose data is ten times as large, in MiB
 * @param nodeCommand   the words that start a node, given its heap
 */
public record BenchPlan(int rounds, int requests, int warmUpSeconds, int keys, boolean quick, List<String> only,
        String heap, int smallHeapMb, Function<String, List<String>> nodeCommand) {
    static final int CLIENTS = 50;
    static final int VALUE_BYTES = 100;
    static final int KEY_BYTES = 16;
    /** How many times the small heap its data is. */
    static final int LARGER = 10;
    /** The heap of the node that has the same data in memory, in small heaps: each row has its overhead there. */
    static final int IN_MEMORY_HEAPS = 64;
    private static final int UNPIPELINED_SHARE = 4;

    /** How many requests one measurement of the workload makes. */
    int requests(Workload workload) {
        return Math.max(CLIENTS * workload.pipeline(),
                workload.pipeline() == 1 ? requests / UNPIPELINED_SHARE : requests);
    }

    /** How many keys the servers of these sides are given. */
    int keys(Sides sides) {
        return sides == Sides.LARGER
                ? (int) ((long) LARGER * smallHeapMb * (1 << 20) / (KEY_BYTES + VALUE_BYTES)) : keys;
    }

    /** The workloads of the group that are to be measured. */
    List<Workload> wanted(Group group) {
        if (only.isEmpty()) {
            return quick && !group.quick() ? List.of() : group.workloads();
        }
        return group.workloads().stream().filter(workload -> only.stream().anyMatch(workload.name()::startsWith))
                .toList();
    }
}
