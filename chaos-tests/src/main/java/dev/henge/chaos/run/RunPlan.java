package dev.henge.chaos.run;

import dev.henge.chaos.cluster.Target;
import dev.henge.chaos.load.ClientKind;
import dev.henge.chaos.load.Workload;
import dev.henge.chaos.nemesis.Schedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What is asked of a run.
 *
 * @param lasts how long clients work while it is broken
 * @param facts what is to be told of it and known to its judge, before those of the target
 * @param again the command that makes it once more; may be empty
 * @param dir where all that is kept of it goes
 */
public record RunPlan(Backend backend, Target target, int nodes, Duration lasts, long seed, Schedule schedule,
    List<Workload> workloads, List<ClientKind> kinds, int clients, int perSecond, Map<String, String> facts, String again,
    Path dir) {}
