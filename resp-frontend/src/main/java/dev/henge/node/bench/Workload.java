package dev.henge.node.bench;

import java.util.List;

/**
 * One row of the table: a command, a pipeline, and against what.
 *
 * @param nodes    1: one node and one redis-server; 3: a ring of three and a master with two replicas
 * @param waits    how Redis is made to answer only for what a replica has
 * @param routing  which node of a ring a connection sends its keys to
 */
record Workload(String name, int nodes, String command, int pipeline, Wait waits, Routing routing) {
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

    private static final int PIPELINE = 16;

    /** All workloads, those of one node first. */
    static List<Workload> all() {
        return List.of(
                one("set", 1), one("get", 1), one("set", PIPELINE), one("get", PIPELINE),
                one("incr", PIPELINE), one("hset", PIPELINE), one("sadd", PIPELINE), one("zadd", PIPELINE),
                three("3-set", "set", 1, Wait.A_PIPELINE, Routing.ANY),
                three("3-set-routed", "set", 1, Wait.A_PIPELINE, Routing.OWNER),
                three("3-set", "set", PIPELINE, Wait.A_PIPELINE, Routing.ANY),
                three("3-set-routed", "set", PIPELINE, Wait.A_PIPELINE, Routing.OWNER),
                three("3-set-wait-each", "set", PIPELINE, Wait.A_SET, Routing.ANY),
                three("3-get", "get", 1, Wait.NEVER, Routing.ANY),
                three("3-get-routed", "get", 1, Wait.NEVER, Routing.OWNER),
                three("3-get", "get", PIPELINE, Wait.NEVER, Routing.ANY),
                three("3-get-routed", "get", PIPELINE, Wait.NEVER, Routing.OWNER));
    }

    private static Workload one(String command, int pipeline) {
        return new Workload(command + "-p" + pipeline, 1, command, pipeline, Wait.NEVER, Routing.ANY);
    }

    private static Workload three(String name, String command, int pipeline, Wait waits, Routing routing) {
        return new Workload(name + "-p" + pipeline, 3, command, pipeline, waits, routing);
    }
}
