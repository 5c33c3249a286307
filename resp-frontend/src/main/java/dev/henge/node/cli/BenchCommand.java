package dev.henge.node.cli;

import dev.henge.node.Sizes;
import dev.henge.node.bench.Bench;
import dev.henge.node.bench.BenchException;
import dev.henge.node.bench.BenchPlan;
import dev.henge.node.bench.GrowPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code henge bench}: Henge beside redis-server on this machine. */
@Command(name = "bench", sortOptions = false, description = {
    "Start Henge and redis-server on free ports, load them in turns, and show both.",
    "One node by redis-benchmark; three nodes with W=2, against a master with two replicas and WAIT 1, or against a"
        + " Redis Cluster of three masters, by a load generator of Henge's own, the same for both; so is a mixture of"
        + " types. Both write a log that is synced every second, for the sync rows before each reply. In"
        + " larger-than-heap R is no Redis but a node that has the same data in memory. H is Henge, R is Redis; CPU is"
        + " that of the servers, in seconds a million requests, H/R its ratio; RSS is what the servers have resident"
        + " after the last round."})
final class BenchCommand implements Callable<Integer> {
    private static final int QUICK_ROUNDS = 1;
    private static final int QUICK_REQUESTS = 60_000;
    private static final int QUICK_WARM_UP_SECONDS = 4;
    private static final int ROUNDS = 5;
    private static final int REQUESTS = 400_000;
    private static final int WARM_UP_SECONDS = 30;
    private static final int QUICK_KEYS = 200_000;
    private static final int KEYS = 1_000_000;
    private static final int SMALL_HEAP_MB = 64;
    private static final int RING_NODES = 3;

    private final Context context;

    @Option(names = "--quick", description = "About a minute: one round, fewer requests and"
            + " keys, a shorter warm-up, and without the rows lrange, mset, mixed, sync, 3-get-cluster and"
            + " larger-than-heap"
            + " unless --only names them.")
    private boolean quick;

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds; medians are shown (default: 5).")
    private Integer rounds;

    @Option(names = "--requests", paramLabel = "N",
            description = "Requests of a measurement with a pipeline, a quarter without (default: 400000).")
    private Integer requests;

    @Option(names = "--warm-up", paramLabel = "SECONDS",
            description = "CPU time that each node uses to warm up (default: 30); up to three times as much"
                    + " while its JIT is busy, but not with --quick.")
    private Integer warmUpSeconds;

    @Option(names = "--keys", paramLabel = "N", description = "How many keys there are (default: 1000000,"
            + " with --quick 200000).")
    private Integer keys;

    @Option(names = "--only", paramLabel = "TEXT", split = ",",
            description = "Only workloads whose names begin so; may be a list.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--heap", paramLabel = "SIZE", defaultValue = "${env:HENGE_HEAP}",
            description = "Java heap of a node (default: as with henge up).")
    private String heap;

    @Option(names = "--small-heap", paramLabel = "MB", description = "Java heap of the node of larger-than-heap, whose"
            + " data is 10 times as large; the node it is compared with has 64 times that heap (default: 64, so 640"
            + " MB of data and 4 GB of heap).")
    private Integer smallHeapMb;

    @Option(names = "--soak", paramLabel = "MINUTES", description = "Instead of the table: mixed load on one node for so"
            + " long, and its longest turn; then three nodes for seven minutes without any load, and the CPU of each"
            + " minute but the first.")
    private Integer soakMinutes;

    @Option(names = "--grow", paramLabel = "MIB", arity = "0..1", fallbackValue = "1024", description = "Instead of the"
            + " table: three nodes with so many MiB of data get a fourth under a load that does not wait, half GET and"
            + " half SET; what the seconds of it were like, before, during and after (default: 1024).")
    private Integer growMib;

    @Option(names = "--shrink", description = "With --grow: the fourth node leaves again.")
    private boolean shrink;

    @Option(names = "--rate", paramLabel = "N",
            description = "With --grow: commands a second that are due (default: " + GrowPlan.RATE + ").")
    private Integer rate;

    @Option(names = "--throttle", paramLabel = "BYTES", description = "With --grow: bytes a second that a node may take,"
            + " such as 10mb (default: no limit).")
    private String throttle;

    @Option(names = "--json", description = "JSON instead of a table.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    BenchCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (heap == null || heap.isEmpty()) {
            heap = DefaultHeap.here(growMib == null ? RING_NODES : RING_NODES + 1);
        }
        BenchPlan plan = new BenchPlan(atLeastOne(rounds, quick ? QUICK_ROUNDS : ROUNDS),
                atLeastOne(requests, quick ? QUICK_REQUESTS : REQUESTS),
                atLeastOne(warmUpSeconds, quick ? QUICK_WARM_UP_SECONDS : WARM_UP_SECONDS),
                atLeastOne(keys, quick ? QUICK_KEYS : KEYS), quick, only, heap, atLeastOne(smallHeapMb, SMALL_HEAP_MB),
                context.nodeCommand());
        try {
            Bench bench = new Bench(plan, context.err());
            if (growMib != null) {
                bench.grow(growPlan(), context.out(), json);
            } else if (soakMinutes != null) {
                bench.soak(context.out(), atLeastOne(soakMinutes, 1));
            } else {
                bench.run(context.out(), json);
            }
        } catch (BenchException e) {
            throw new Failure(e.getMessage());
        }
        return 0;
    }

    private GrowPlan growPlan() {
        long bytesPerSecond = throttle == null ? 0 : Sizes.bytes(throttle);
        if (bytesPerSecond == Sizes.NOT_A_NUMBER) {
            throw new Failure(Shell.STATUS_USAGE, "--throttle takes bytes a second, such as 1000000 or 10mb");
        }
        return new GrowPlan(atLeastOne(growMib, 1), atLeastOne(rate, GrowPlan.RATE), bytesPerSecond, shrink,
                GrowPlan.BEFORE_SECONDS, GrowPlan.AFTER_SECONDS);
    }

    private static int atLeastOne(Integer given, int otherwise) {
        if (given != null && given < 1) {
            throw new Failure(Shell.STATUS_USAGE, "numbers are at least 1");
        }
        return given == null ? otherwise : given;
    }
}
