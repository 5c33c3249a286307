package dev.henge.node.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * One row of the table: a command, a pipeline, and against what.
 *
 * @param command what is sent: a test of redis-benchmark, or {@link #MIXED}, or {@link #ZIPF}
 * @param waits   how Redis is made to answer only for what a replica has
 * @param routing which node of a ring a connection sends its keys to
 */
record Workload(String name, Sides sides, String command, int pipeline, Wait waits, Routing routing) {
    /** What stands against what. */
    enum Sides {
        /** One node and one redis-server, logs synced every second. */
        ONE(1, "redis", "a node and a redis-server"),
        /** The same, a reply only for what is synced. */
        SYNCED(1, "redis", "a node and a redis-server that sync before each reply"),
        /** A ring of three, W=2, and a master with two replicas. */
        RING(3, "redis", "a ring of 3 nodes, and a Redis master with 2 replicas"),
        /** A ring of three and a Redis Cluster of three masters. */
        CLUSTER(3, "redis", "a ring of 3 nodes, and a Redis Cluster of 3 masters"),
        /** One node with ten times its heap, and one that has the same data in memory. */
        LARGER(1, "inMemory", "a node with a small heap, and a node with all in memory");

        private final int nodes;
        private final String other;
        private final String text;

        Sides(int nodes, String other, String text) {
            this.nodes = nodes;
            this.other = other;
            this.text = text;
        }

        int nodes() {
            return nodes;
        }

        /** What Henge is compared with, as JSON calls it. */
        String other() {
            return other;
        }

        String text() {
            return text;
        }
    }

    /** When the client asks Redis whether a replica has what it wrote. */
    enum Wait {
        NEVER,
        /** One WAIT 1 behind all SETs of a pipeline: the least that makes all of them as safe as Henge's W=2. */
        A_PIPELINE,
        /** A WAIT 1 behind each SET: each reply means by itself what Henge's means. */
        A_SET
    }

    /** Where a connection to a ring sends keys. */
    enum Routing {
        /** To the node it is connected to, whoever owns the key: two of three commands are passed on. */
        ANY,
        /** To the node that CLUSTER SLOTS names, as cluster-aware clients do. */
        OWNER
    }

    /**
     * Workloads that share servers: collections apart from strings, whose memtable they would fill.
     *
     * @param filled whether all keys are written before the warm-up, so that a GET finds its key
     * @param quick  whether the rows are part of {@code --quick} when none are named
     */
    record Group(Sides sides, boolean filled, boolean quick, List<Workload> workloads) {
    }

    /** The command of {@link MixedRequests}. */
    static final String MIXED = "mixed";
    /** GETs and SETs in equal parts, keys by {@link Zipf}. */
    static final String ZIPF = "zipf";
    static final String RPOP = "rpop";
    static final String LRANGE = "lrange";

    private static final int PIPELINE = 16;
    private static final Set<String> OVERWRITING = Set.of("set", "get", "mset", ZIPF, LRANGE);

    /** Whether Henge's own generator makes the load: redis-benchmark knows one server and one command. */
    boolean ownLoad() {
        return sides.nodes() > 1 || command.equals(MIXED) || command.equals(ZIPF);
    }

    /** Whether each pass leaves more data than before. */
    boolean grows() {
        return !OVERWRITING.contains(command);
    }

    /** All workloads in their order. */
    static List<Workload> all() {
        return groups().stream().flatMap(group -> group.workloads().stream()).toList();
    }

    static List<Group> groups() {
        return List.of(
                new Group(Sides.ONE, true, true, List.of(one("set", 1), one("get", 1), one("set", PIPELINE),
                        one("get", PIPELINE))),
                new Group(Sides.ONE, false, true, piped("incr", "hset", "sadd", "zadd", "lpush", RPOP)),
                new Group(Sides.ONE, true, false, List.of(one(LRANGE, 1), one("mset", 1), one(MIXED, 1))),
                new Group(Sides.SYNCED, true, false, List.of(
                        of("sync-set", Sides.SYNCED, "set", 1, Wait.NEVER, Routing.ANY),
                        of("sync-set", Sides.SYNCED, "set", PIPELINE, Wait.NEVER, Routing.ANY))),
                new Group(Sides.RING, true, true, ring()),
                new Group(Sides.CLUSTER, true, false, List.of(
                        of("3-get-cluster", Sides.CLUSTER, "get", 1, Wait.NEVER, Routing.OWNER),
                        of("3-get-cluster", Sides.CLUSTER, "get", PIPELINE, Wait.NEVER, Routing.OWNER))),
                new Group(Sides.LARGER, true, false, List.of(
                        of("larger-than-heap", Sides.LARGER, ZIPF, 1, Wait.NEVER, Routing.ANY),
                        of("larger-than-heap", Sides.LARGER, ZIPF, PIPELINE, Wait.NEVER, Routing.ANY))));
    }

    private static List<Workload> ring() {
        return List.of(ring("3-set", "set", 1, Wait.A_PIPELINE, Routing.ANY),
                ring("3-set-routed", "set", 1, Wait.A_PIPELINE, Routing.OWNER),
                ring("3-set", "set", PIPELINE, Wait.A_PIPELINE, Routing.ANY),
                ring("3-set-routed", "set", PIPELINE, Wait.A_PIPELINE, Routing.OWNER),
                ring("3-set-wait-each", "set", PIPELINE, Wait.A_SET, Routing.ANY),
                ring("3-get", "get", 1, Wait.NEVER, Routing.ANY),
                ring("3-get-routed", "get", 1, Wait.NEVER, Routing.OWNER),
                ring("3-get", "get", PIPELINE, Wait.NEVER, Routing.ANY),
                ring("3-get-routed", "get", PIPELINE, Wait.NEVER, Routing.OWNER));
    }

    private static List<Workload> piped(String... commands) {
        return Arrays.stream(commands).map(command -> one(command, PIPELINE)).toList();
    }

    static Workload one(String command, int pipeline) {
        return of(command, Sides.ONE, command, pipeline, Wait.NEVER, Routing.ANY);
    }

    private static Workload ring(String name, String command, int pipeline, Wait waits, Routing routing) {
        return of(name, Sides.RING, command, pipeline, waits, routing);
    }

    private static Workload of(String name, Sides sides, String command, int pipeline, Wait waits, Routing routing) {
        return new Workload(name + "-p" + pipeline, sides, command, pipeline, waits, routing);
    }
}
