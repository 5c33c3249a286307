package dev.henge.node.bench;

import java.util.List;

/**
 * What the operator asked for.
 *
 * @param rounds        how often each workload is measured on each side
 * @param requests      requests of a measurement with a pipeline; a quarter of them without
 * @param warmUpSeconds how long Henge's JIT is warmed up before the first round of a ring
 * @param only          parts of workloads' names, one of which must occur; empty for all workloads
 * @param heap          Java heap of a node
 * @param nodeCommand   the words that start a node
 */
public record BenchPlan(int rounds, int requests, int warmUpSeconds, List<String> only, String heap,
        List<String> nodeCommand) {
    static final int CLIENTS = 50;
    static final int KEYS = 1_000_000;
    static final int VALUE_BYTES = 100;
    private static final int UNPIPELINED_SHARE = 4;

    /** How many requests one measurement of the workload makes. */
    int requests(Workload workload) {
        return Math.max(CLIENTS * workload.pipeline(),
                workload.pipeline() == 1 ? requests / UNPIPELINED_SHARE : requests);
    }

    boolean wants(Workload workload) {
        return only.isEmpty() || only.stream().anyMatch(workload.name()::contains);
    }
}
