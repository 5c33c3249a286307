package dev.henge.ring.placement;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All that the nodes must agree on to agree who owns what: the cluster's settings and each node's own statement.
 *
 * <p>Immutable. Two states merge node by node into the newer statement, so that merge is commutative, associative and
 * idempotent and states may travel in any order, any number of times. A node that an operator removed cannot speak for
 * itself any more: the state keeps the highest incarnation removed for each id, drops statements up to it, and lets a
 * higher incarnation back in. What operators want of the ring, its {@link Goal}, travels in it too; while there is
 * none, every known node has a seat by its own statement (a ring that forms). Suspicion never changes a ring state.
 */
public final class RingState {
    /** The most nodes, and the most removed ids, that a state may hold. */
    public static final int MAX_NODES = 1024;

    private static final long FINGERPRINT_SEED = 0x72696e67L;
    private static final long NAME_MARK = 0x6e616d65L;

    private final String cluster;
    private final RingSettings settings;
    private final TreeMap<String, NodeState> nodes;
    private final TreeMap<String, Long> removed;
    private final Wishes wishes;
    private final long fingerprint;

    /** Takes the maps over; nodes at or below their removed incarnation are dropped. */
    private RingState(String cluster, RingSettings settings, TreeMap<String, NodeState> nodes,
                      TreeMap<String, Long> removed, Wishes wishes) {
        NodeState.requireText(cluster, "cluster");
        this.cluster = cluster;
        this.settings = Objects.requireNonNull(settings, "settings");
        nodes.values().removeIf(n -> n.incarnation() <= removed.getOrDefault(n.id(), -1L));
        if (nodes.size() > MAX_NODES || removed.size() > MAX_NODES) {
            throw new IllegalArgumentException("more than " + MAX_NODES + " nodes or removed nodes");
        }
        this.nodes = nodes;
        this.removed = removed;
        this.wishes = wishes;
        this.fingerprint = computeFingerprint();
    }

    /** The state of a cluster that has no nodes yet. */
    public static RingState empty(String cluster, RingSettings settings) {
        return new RingState(cluster, settings, new TreeMap<>(), new TreeMap<>(), Wishes.NONE);
    }

    static RingState of(String cluster, RingSettings settings, List<NodeState> nodes, Map<String, Long> removed) {
        return of(cluster, settings, nodes, removed, Wishes.NONE);
    }

    static RingState of(String cluster, RingSettings settings, List<NodeState> nodes, Map<String, Long> removed,
                        Wishes wishes) {
        TreeMap<String, NodeState> byId = new TreeMap<>();
        nodes.forEach(n -> byId.merge(n.id(), n, RingState::newer));
        return new RingState(cluster, settings, byId, new TreeMap<>(removed), wishes);
    }

    /** This state and one node's statement, whichever of it and a known one is newer. */
    public RingState with(NodeState node) {
        TreeMap<String, NodeState> merged = new TreeMap<>(nodes);
        merged.merge(node.id(), node, RingState::newer);
        return new RingState(cluster, settings, merged, new TreeMap<>(removed), wishes);
    }

    /** This state without a node, for ever in all incarnations up to the given one. */
    public RingState withRemoved(String id, long incarnation) {
        NodeState.requireText(id, "id");
        if (id.isEmpty() || incarnation < 0) {
            throw new IllegalArgumentException("no node can be " + id + " in incarnation " + incarnation);
        }
        TreeMap<String, Long> merged = new TreeMap<>(removed);
        merged.merge(id, incarnation, Math::max);
        return new RingState(cluster, settings, new TreeMap<>(nodes), merged, wishes);
    }

    /**
     * This state and a goal, whichever of it and the present one is greater.
     *
     * @param before the goal that this one takes the place of and that a cancel goes back to; empty: it is not to be
     *               cancelled
     */
    public RingState withGoal(Goal goal, Optional<Goal> before) {
        return withWishes(new Wishes(Optional.of(goal), before, Optional.empty(), Pace.DEFAULT));
    }

    /** This state and a staged goal, whichever of it and the present one is greater; nothing if it is overtaken. */
    public RingState withStaged(Goal staged) {
        return withWishes(new Wishes(Optional.empty(), Optional.empty(), Optional.of(staged), Pace.DEFAULT));
    }

    /** This state and a pace, whichever of it and the present one is greater. */
    public RingState withPace(Pace pace) {
        return withWishes(new Wishes(Optional.empty(), Optional.empty(), Optional.empty(), pace));
    }

    private RingState withWishes(Wishes more) {
        return new RingState(cluster, settings, new TreeMap<>(nodes), new TreeMap<>(removed), wishes.merge(more));
    }

    /**
     * This state without its goal if that is what it was formed as and nothing was said since: nodes that know no goals
     * understand it, and all others find it by {@link Goal#first}.
     */
    public RingState asFormed() {
        boolean first = wishes.goal().filter(g -> g.equals(Goal.first(this))).isPresent()
            && wishes.equals(new Wishes(wishes.goal(), Optional.empty(), Optional.empty(), Pace.DEFAULT));
        return first ? new RingState(cluster, settings, new TreeMap<>(nodes), new TreeMap<>(removed), Wishes.NONE) : this;
    }

    /** All of this state under another cluster's name: the same owners, and it merges with none of the old name. */
    public RingState withCluster(String name) {
        return new RingState(name, settings, new TreeMap<>(nodes), new TreeMap<>(removed), wishes);
    }

    /** True if the other state is of the same cluster, made with the same settings, so that they can merge. */
    public boolean isMergeableWith(RingState other) {
        return cluster.equals(other.cluster) && settings.equals(other.settings);
    }

    /**
     * The newest of both states, node by node and wish by wish.
     *
     * @throws IllegalArgumentException if the other state is of another cluster or other settings
     */
    public RingState merge(RingState other) {
        if (!isMergeableWith(other)) {
            throw new IllegalArgumentException("cluster " + cluster + " " + settings + " cannot merge with cluster "
                + other.cluster + " " + other.settings);
        }
        TreeMap<String, NodeState> mergedNodes = new TreeMap<>(nodes);
        other.nodes.forEach((id, n) -> mergedNodes.merge(id, n, RingState::newer));
        TreeMap<String, Long> mergedRemoved = new TreeMap<>(removed);
        other.removed.forEach((id, incarnation) -> mergedRemoved.merge(id, incarnation, Math::max));
        return new RingState(cluster, settings, mergedNodes, mergedRemoved, wishes.merge(other.wishes));
    }

    private static NodeState newer(NodeState a, NodeState b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** The cluster's name. */
    public String cluster() {
        return cluster;
    }

    /** What the cluster was made with; for N ask {@link #replicas}. */
    public RingSettings settings() {
        return settings;
    }

    /** All known nodes by id, in the order of ids, whether or not they have a seat. */
    public Map<String, NodeState> nodes() {
        return Collections.unmodifiableMap(nodes);
    }

    /** The statement of a node, if it is known and not removed. */
    public Optional<NodeState> node(String id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /** The highest removed incarnation of each removed id. */
    public Map<String, Long> removed() {
        return Collections.unmodifiableMap(removed);
    }

    /** What operators want the ring to be; empty while it forms, and in one that formed before there were goals. */
    public Optional<Goal> goal() {
        return wishes.goal();
    }

    /** The goal that the present one took the place of; empty if there was none or the present one is a cancel. */
    public Optional<Goal> before() {
        return wishes.before();
    }

    /**
     * What operators prepare and have not committed, always above the goal's version. It may want the same as the goal,
     * when all that was staged was taken back.
     */
    public Optional<Goal> staged() {
        return wishes.staged();
    }

    /** How fast operators let the ring move its data. */
    public Pace pace() {
        return wishes.pace();
    }

    /** N, the number of owners of a vnode: the goal's, or what the cluster was made with. */
    public int replicas() {
        return goal().map(Goal::replicas).orElse(settings.replicas());
    }

    /** The seats that placement gives vnodes to, in the order of their nodes' ids. */
    List<Seat> seats() {
        return goal().map(Goal::seats).orElseGet(() -> nodes.values().stream().map(Seat::of).toList());
    }

    Wishes wishes() {
        return wishes;
    }

    /**
     * A hash over all that placement depends on, and nothing else: cluster, settings, N, and the seats' nodes, zones,
     * weights and names. Two nodes that have the same fingerprint have the same {@link Placement}. A goal whose seats
     * are the known nodes under their own names changes nothing, here as there.
     */
    public long fingerprint() {
        return fingerprint;
    }

    private long computeFingerprint() {
        long h = Mix64.mix(FINGERPRINT_SEED, cluster);
        h = Mix64.mix(h, settings.vnodes());
        h = Mix64.mix(h, settings.tokens());
        h = Mix64.mix(h, replicas());
        h = Mix64.mix(h, settings.epsilonPermille());
        for (Seat s : seats()) {
            h = Mix64.mix(h, s.node());
            if (!s.name().equals(s.node())) {
                h = Mix64.mix(Mix64.mix(h, NAME_MARK), s.name()); // the mark is no text's length
            }
            h = Mix64.mix(Mix64.mix(h, s.zone()), s.weight());
        }
        return h;
    }

    /** The state as bytes; equal states give equal bytes. The format is docs/formats/ring-state.md. */
    public byte[] encode() {
        return RingStateCodec.encode(this);
    }

    /**
     * The state that {@link #encode} wrote.
     *
     * @throws FormatException if the bytes are cut off, changed, of an unknown version or out of bounds
     */
    public static RingState decode(byte[] bytes) {
        return RingStateCodec.decode(bytes);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof RingState other && isMergeableWith(other) && nodes.equals(other.nodes)
            && removed.equals(other.removed) && wishes.equals(other.wishes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(cluster, settings, nodes, removed, wishes);
    }

    @Override
    public String toString() {
        return "RingState[" + cluster + ", " + settings + ", " + nodes.values() + ", removed " + removed + ", "
            + wishes + "]";
    }

    /** Bytes that are no ring state of a version known here. */
    public static final class FormatException extends IllegalArgumentException {
        FormatException(String message) {
            super(message);
        }

        FormatException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
