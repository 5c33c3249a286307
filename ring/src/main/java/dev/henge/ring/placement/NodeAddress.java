package dev.henge.ring.placement;

import java.util.Objects;

/** Where a node listens: for clients, for the other nodes, and for gossip. */
public record NodeAddress(String host, int clientPort, int internalPort, int gossipPort)
        implements Comparable<NodeAddress> {

    private static final int PORT_MAX = 65535;

    public NodeAddress {
        NodeState.requireText(host, "host");
        requirePort(clientPort);
        requirePort(internalPort);
        requirePort(gossipPort);
    }

    private static void requirePort(int port) {
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port " + port + " is not in 0.." + PORT_MAX);
        }
    }

    /** An order without meaning, for ties only. */
    @Override
    public int compareTo(NodeAddress other) {
        Objects.requireNonNull(other);
        int c = host.compareTo(other.host);
        c = c != 0 ? c : Integer.compare(clientPort, other.clientPort);
        c = c != 0 ? c : Integer.compare(internalPort, other.internalPort);
        return c != 0 ? c : Integer.compare(gossipPort, other.gossipPort);
    }
}
