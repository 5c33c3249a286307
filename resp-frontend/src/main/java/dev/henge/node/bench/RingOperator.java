package dev.henge.node.bench;

import dev.henge.node.RespClient;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Connections to all nodes of a ring, by which it is changed and watched; all in RESP, as redis-cli would. */
final class RingOperator implements Closeable {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int PIPELINE = 256;
    private static final String COMMAND = "HENGE.CLUSTER";

    private final List<Node> nodes = new ArrayList<>();

    /** A connection to one node, and how many bytes it said last that it has taken. */
    private static final class Node {
        final RespClient client;
        final String id;
        long bytesTaken;

        Node(int port) throws IOException {
            client = new RespClient("127.0.0.1", port, TIMEOUT_MILLIS);
            id = listed(client).stream().filter(node -> node.get("myself").equals(1L)).findFirst()
                    .map(node -> String.valueOf(node.get("id")))
                    .orElseThrow(() -> new BenchException("the node on port " + port + " does not know itself"));
        }
    }

    /** What the nodes said at a moment: the bytes that each has taken since it was started. */
    record Look(long nanos, boolean done, long[] bytesTaken) {
    }

    RingOperator(List<Integer> ports) throws IOException {
        for (int port : ports) {
            add(port);
        }
    }

    /** Watches one more node; returns its id. */
    String add(int port) throws IOException {
        nodes.add(new Node(port));
        return nodes.get(nodes.size() - 1).id;
    }

    void tell(String... words) throws IOException {
        call(nodes.get(0), words);
    }

    private static Object call(Node node, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(COMMAND));
        all.addAll(List.of(words));
        return node.client.call(all.toArray(String[]::new));
    }

    /** A map as RESP2 has it: names and values by turns. */
    private static Map<String, Object> map(Object reply) {
        Map<String, Object> map = new LinkedHashMap<>();
        List<?> words = (List<?>) reply;
        for (int i = 0; i + 1 < words.size(); i += 2) {
            map.put(String.valueOf(words.get(i)), words.get(i + 1));
        }
        return map;
    }

    private static List<Map<String, Object>> maps(Object reply) {
        return ((List<?>) reply).stream().map(RingOperator::map).toList();
    }

    private static List<Map<String, Object>> listed(RespClient client) throws IOException {
        return maps(client.call(COMMAND, "NODES"));
    }

    /** Whether all nodes know the node, and it is alive. */
    boolean allKnow(String id) throws IOException {
        for (Node node : nodes) {
            if (listed(node.client).stream()
                    .noneMatch(there -> there.get("id").equals(id) && there.get("alive").equals(1L))) {
                return false;
            }
        }
        return true;
    }

    /** The bytes that what is staged would move. */
    long bytesPlanned() throws IOException {
        return (Long) map(call(nodes.get(0), "PLAN")).get("bytes-moved");
    }

    /**
     * Asks every node how far the ring is.
     *
     * @param changed the node that comes or goes
     * @param comes   whether it is to have vnodes when all is done, or none
     */
    Look look(String changed, boolean comes) throws IOException {
        boolean done = true;
        for (Node node : nodes) {
            Map<String, Object> standing = map(call(node, "TRANSFERS"));
            done &= standing.get("state").equals("done");
            for (Map<String, Object> part : maps(standing.get("nodes"))) {
                if (part.get("node").equals(node.id)) {
                    node.bytesTaken = (Long) part.get("bytes-done");
                }
            }
        }
        return new Look(System.nanoTime(), done && allAgree(changed, comes),
                nodes.stream().mapToLong(node -> node.bytesTaken).toArray());
    }

    /** Whether all nodes have heard of the change, too: who has not yet thinks that all is done. */
    private boolean allAgree(String changed, boolean comes) throws IOException {
        for (Node node : nodes) {
            Map<String, Object> its = listed(node.client).stream().filter(there -> there.get("id").equals(changed))
                    .findFirst().orElse(Map.of("owned", 0L, "due", 0L));
            if (!its.get("owned").equals(its.get("due")) || its.get("due").equals(0L) == comes) {
                return false;
            }
        }
        return true;
    }

    /** The copies of vnodes that have not, as their primaries hear, all that there is; -1 if a vnode has too few. */
    int copiesBehind(int replicas) throws IOException {
        RespClient client = nodes.get(0).client;
        int vnodes = Integer.parseInt(String.valueOf(((List<?>) client.call("CONFIG", "GET", "vnodes")).get(1)));
        int behind = 0;
        for (int v = 0; v < vnodes; v++) {
            Map<String, Object> vnode = map(client.call("HENGE.VNODE", Integer.toString(v)));
            List<?> owners = (List<?>) vnode.get("owners");
            if (owners.size() != replicas || !vnode.containsKey("clock")) {
                return -1;
            }
            for (Map<String, Object> owner : maps(owners)) {
                boolean equal = owner.get("ready").equals(1L) && owner.get("lacks").equals(0L)
                        && owner.get("ahead").equals(0L);
                behind += equal ? 0 : 1;
            }
        }
        return behind;
    }

    /** How many of the keys that were written are there no more, asked of the node that was added last. */
    int keysMissing(int keys) throws IOException {
        RequestTemplate exists = new RequestTemplate("EXISTS", StringRequests.KEY);
        RespClient client = nodes.get(nodes.size() - 1).client;
        int missing = 0;
        for (int from = 0; from < keys; from += PIPELINE) {
            int count = Math.min(PIPELINE, keys - from);
            ByteBuffer requests = ByteBuffer.allocate(count * exists.bytes());
            for (int i = 0; i < count; i++) {
                exists.set(0, from + i);
                exists.put(requests);
            }
            client.send(requests.array());
            for (int i = 0; i < count; i++) {
                missing += client.read().equals(0L) ? 1 : 0;
            }
        }
        return missing;
    }

    @Override
    public void close() throws IOException {
        for (Node node : nodes) {
            node.client.close();
        }
    }
}
