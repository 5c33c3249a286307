package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What one node says of itself and of the ring at one moment.
 *
 * @param answers     whether it answers PING
 * @param clusterOk   whether it sees every vnode served
 * @param knownNodes  how many nodes it knows
 * @param fingerprint of the ring state that it has; empty if it does not say
 * @param drained     whether it serves nothing because an operator drained it
 * @param problem     why there is no answer; empty if there is one
 */
record NodeView(
        boolean answers, boolean clusterOk, int knownNodes, String fingerprint, long uptimeSeconds, long keys,
        String memory, boolean drained, String problem) {
    private static final int TIMEOUT_MILLIS = 2_000;
    private static final long UNKNOWN = -1;

    static NodeView absent(String problem) {
        return new NodeView(false, false, 0, "", UNKNOWN, UNKNOWN, "", false, problem);
    }

    /** What is needed to tell whether the ring is ready: PING and CLUSTER INFO. */
    static NodeView ofRing(String host, int port, String password) {
        try (RespClient client = connect(host, port, password)) {
            return ring(client);
        } catch (IOException e) {
            return absent(reason(e));
        }
    }

    /** All that {@code henge status} shows. */
    static NodeView whole(String host, int port, String password) {
        try (RespClient client = connect(host, port, password)) {
            NodeView ring = ring(client);
            Map<String, String> info = client.fields("INFO");
            return new NodeView(true, ring.clusterOk, ring.knownNodes, ring.fingerprint,
                    number(info.get("uptime_in_seconds")), ring.clusterOk ? keys(client) : UNKNOWN,
                    info.getOrDefault("henge_heap_used_human", info.getOrDefault("used_memory_human", "")),
                    drained(client), "");
        } catch (IOException e) {
            return absent(reason(e));
        }
    }

    /**
     * The ring's keys. Where not every vnode is served the count would wait for those that are not: then do not ask.
     */
    private static long keys(RespClient client) {
        try {
            return client.call("DBSIZE") instanceof Long count ? count : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** Whether it has handed over all that others can serve, as an operator wanted. */
    private static boolean drained(RespClient client) {
        try {
            return Long.valueOf(1).equals(client.call("HENGE.CLUSTER", "DRAINED"));
        } catch (IOException e) {
            return false;
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static RespClient connect(String host, int port, String password) throws IOException {
        RespClient client = new RespClient(NodeConfig.isWildcard(host) ? "127.0.0.1" : host, port, TIMEOUT_MILLIS);
        try {
            if (!password.isEmpty()) {
                client.call("AUTH", password);
            }
            client.call("PING");
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private static NodeView ring(RespClient client) throws IOException {
        Map<String, String> info = client.fields("CLUSTER", "INFO");
        return new NodeView(true, "ok".equals(info.get("cluster_state")),
                (int) Math.max(0, number(info.get("cluster_known_nodes"))),
                info.getOrDefault("henge_ring_fingerprint", ""), UNKNOWN, UNKNOWN, "", false, "");
    }

    private static long number(String text) {
        return text != null && text.matches("\\d{1,18}") ? Long.parseLong(text) : UNKNOWN;
    }

    /** Whether all views, one of each of so many nodes, are of one ring, every vnode of it served. */
    static boolean agree(List<NodeView> views, int nodes) {
        return views.size() == nodes
                && views.stream().allMatch(view -> view.clusterOk && !view.fingerprint.isEmpty())
                && views.stream().mapToInt(NodeView::knownNodes).distinct().count() == 1
                && views.stream().map(NodeView::fingerprint).distinct().count() == 1;
    }

    /** What this node lacks to be ready, in words. */
    String lacks(int nodes) {
        if (!answers) {
            return "no answer (" + problem + ")";
        }
        if (knownNodes != nodes) {
            return "knows " + knownNodes + " of " + nodes + " nodes";
        }
        return clusterOk ? "ring " + (fingerprint.isEmpty() ? "without fingerprint" : fingerprint)
                : "not every vnode is served";
    }
}
