package dev.henge.gossip.wire;

import java.nio.charset.StandardCharsets;

/**
 * How a node introduces itself to others.
 *
 * @param cluster   the cluster's name: nodes of another one are turned away
 * @param nodeId    the node's name, unique in the cluster
 * @param bootEpoch names this run of the process; the same for all its loops
 * @param process   tells two processes apart that run as one node with one boot epoch, as a copied directory makes
 *                  them; the greater one started later. The same for all loops
 * @param secret    what the nodes of the cluster prove to each other that they know
 */
public record NodeIdentity(String cluster, String nodeId, long bootEpoch, long process, ClusterSecret secret) {
    /** The longest cluster or node name, in bytes of UTF-8. */
    public static final int NAME_BYTES_MAX = 255;

    public NodeIdentity {
        checkName("cluster", cluster);
        checkName("nodeId", nodeId);
    }

    private static void checkName(String what, String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > NAME_BYTES_MAX) {
            throw new IllegalArgumentException(what + " must have 1 to " + NAME_BYTES_MAX + " bytes, has " + bytes);
        }
    }
}
