package dev.henge.ring.placement;

import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What operators want the ring to be: who has a seat in it, how many owners a vnode has, and who is never coming back.
 *
 * <p>A goal is only ever replaced as a whole, by a greater one. Which is greater all nodes see alike: the higher
 * version (one more at each commit), then the higher edit (one more at each change while it is staged), then author,
 * then content. So if two operators commit at once through two nodes, one goal wins everywhere, whole.
 *
 * @param version  1 for what a ring was formed as, and one more at each commit
 * @param edit     how often it was changed while it was staged
 * @param author   the node through which it was last changed; empty for what a ring was formed as
 * @param replicas N: owners of a vnode
 * @param seats    sorted by node; no node and no name twice; at least one
 * @param gone     ids of nodes that an operator declared dead for good, sorted; none of them has a seat
 */
public record Goal(long version, long edit, String author, int replicas, List<Seat> seats, List<String> gone)
        implements Comparable<Goal> {

    public Goal {
        if (version < 1 || edit < 0) {
            throw new IllegalArgumentException("a goal's version " + version + " or edit " + edit + " is too low");
        }
        NodeState.requireText(author, "author");
        RingSettings.requireReplicas(replicas);
        requireCount("seats", seats);
        requireCount("gone", gone);
        seats = seats.stream().sorted().toList();
        gone = gone.stream().sorted().toList();
        Set<String> nodes = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Seat seat : seats) {
            requireNew(nodes, seat.node());
            requireNew(names, seat.name());
        }
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a goal without a seat");
        }
        for (String id : gone) {
            NodeState.requireText(id, "gone");
            requireNew(nodes, id);
        }
    }

    private static void requireCount(String name, Collection<?> all) {
        if (all.size() > RingState.MAX_NODES) {
            throw new IllegalArgumentException(name + ": " + all.size() + " is more than " + RingState.MAX_NODES);
        }
    }

    private static void requireNew(Set<String> seen, String id) {
        if (!seen.add(id)) {
            throw new IllegalArgumentException(id + " stands twice in a goal");
        }
    }

    /** The goal that a ring formed without one has had all along: its nodes' own statements. */
    public static Goal first(RingState formed) {
        List<Seat> seats = formed.nodes().values().stream().map(Seat::of).toList();
        return new Goal(1, 0, "", formed.settings().replicas(), seats, List.of());
    }

    /** The node's seat, if it has one. */
    public Optional<Seat> seat(String node) {
        return seats.stream().filter(s -> s.node().equals(node)).findFirst();
    }

    /** True if the other wants the same: the same seats, N and gone ones. */
    public boolean wantsSame(Goal other) {
        return replicas == other.replicas && seats.equals(other.seats) && gone.equals(other.gone);
    }

    @Override
    public int compareTo(Goal other) {
        Objects.requireNonNull(other);
        int c = Long.compare(version, other.version);
        c = c != 0 ? c : Long.compare(edit, other.edit);
        c = c != 0 ? c : author.compareTo(other.author);
        c = c != 0 ? c : Integer.compare(replicas, other.replicas);
        c = c != 0 ? c : compare(seats, other.seats);
        return c != 0 ? c : compare(gone, other.gone);
    }

    private static <T extends Comparable<T>> int compare(List<T> a, List<T> b) {
        Iterator<T> there = b.iterator();
        for (T here : a) {
            int c = there.hasNext() ? here.compareTo(there.next()) : 1;
            if (c != 0) {
                return c;
            }
        }
        return there.hasNext() ? -1 : 0;
    }
}
