package dev.henge.ring.placement;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a node says of itself in the ring state; written by that node only, each time with a higher version.
 *
 * <p>Its zone and weight count while a ring forms and when it gets a {@link Seat}; from then on the seat's count.
 *
 * @param id          the node's name for its whole life; ties and tokens come from it
 * @param incarnation higher each time the node starts on an empty disk or comes back after a removal
 * @param version     higher at each change within an incarnation
 * @param address     where it listens
 * @param zone        what fails together with it (rack, data centre); empty means the one common zone
 * @param weight      its share of the load in hundredths of a normal node
 */
public record NodeState(String id, long incarnation, long version, NodeAddress address, String zone, int weight)
        implements Comparable<NodeState> {

    /** The weight of a normal node. */
    public static final int DEFAULT_WEIGHT = 100;
    /** The highest weight: a hundred normal nodes. */
    public static final int MAX_WEIGHT = 10_000;
    /** The most bytes of UTF-8 in an id, a zone, a host or a cluster's name. */
    public static final int MAX_TEXT_BYTES = 255;

    public NodeState {
        requireText(id, "id");
        if (id.isEmpty()) {
            throw new IllegalArgumentException("a node's id must not be empty");
        }
        if (incarnation < 0 || version < 0) {
            throw new IllegalArgumentException("incarnation and version must not be negative");
        }
        Objects.requireNonNull(address, "address");
        requireText(zone, "zone");
        requireWeight(weight);
    }

    /** The same node one version later, listening elsewhere. */
    public NodeState withAddress(NodeAddress next) {
        return new NodeState(id, incarnation, version + 1, next, zone, weight);
    }

    /** The same node one version later, with another weight. */
    public NodeState withWeight(int next) {
        return new NodeState(id, incarnation, version + 1, address, zone, next);
    }

    /**
     * Which of two states of one node is newer: the higher (incarnation, version). A node never writes two states
     * under one version; if it does all the same, the other fields decide, so that all nodes choose alike.
     */
    @Override
    public int compareTo(NodeState other) {
        int c = id.compareTo(other.id);
        c = c != 0 ? c : Long.compare(incarnation, other.incarnation);
        c = c != 0 ? c : Long.compare(version, other.version);
        c = c != 0 ? c : address.compareTo(other.address);
        c = c != 0 ? c : zone.compareTo(other.zone);
        return c != 0 ? c : Integer.compare(weight, other.weight);
    }

    static void requireWeight(int weight) {
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("weight " + weight + " is not in 1.." + MAX_WEIGHT);
        }
    }

    static void requireText(String text, String name) {
        Objects.requireNonNull(text, name);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException(name + " is longer than " + MAX_TEXT_BYTES + " bytes");
        }
        if (!text.equals(new String(utf8, StandardCharsets.UTF_8))) {
            throw new IllegalArgumentException(name + " is not valid text"); // a lone surrogate would not round-trip
        }
    }
}
