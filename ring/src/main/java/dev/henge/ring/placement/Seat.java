package dev.henge.ring.placement;

/**
 * A node's place in the ring as operators want it: what makes it an owner, and of how much.
 *
 * @param node   the node's id
 * @param name   whose tokens it has: its own id, or the name of the node that it replaced, so that exactly that one's
 *               vnodes became its
 * @param zone   what fails together with it (rack, data centre); empty means the one common zone
 * @param weight its share of the load in hundredths of a normal node
 */
public record Seat(String node, String name, String zone, int weight) implements Comparable<Seat> {
    public Seat {
        NodeState.requireText(node, "node");
        NodeState.requireText(name, "name");
        if (node.isEmpty() || name.isEmpty()) {
            throw new IllegalArgumentException("a seat's node and name must not be empty");
        }
        NodeState.requireText(zone, "zone");
        NodeState.requireWeight(weight);
    }

    /** The seat of a node under its own name, in the zone and with the weight that it says it has. */
    public static Seat of(NodeState node) {
        return new Seat(node.id(), node.id(), node.zone(), node.weight());
    }

    /** The same seat with another weight. */
    public Seat withWeight(int next) {
        return new Seat(node, name, zone, next);
    }

    /** By node; the rest only so that all nodes choose alike. */
    @Override
    public int compareTo(Seat other) {
        int c = node.compareTo(other.node);
        c = c != 0 ? c : name.compareTo(other.name);
        c = c != 0 ? c : zone.compareTo(other.zone);
        return c != 0 ? c : Integer.compare(weight, other.weight);
    }
}
