package dev.henge.ring.placement;

import java.util.ArrayList;
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
 * higher incarnation back in. Only operators' joins, leaves and removals change it; suspicion never does.
 */
public final class RingState {
    /** The most nodes, and the most removed ids, that a state may hold. */
    public static final int MAX_NODES = 1024;

    private static final long FINGERPRINT_SEED = 0x72696e67L;

    private final String cluster;
    private final RingSettings settings;
    private final TreeMap<String, NodeState> nodes;
    private final TreeMap<String, Long> removed;
    private final long fingerprint;

    /** Takes the maps over; nodes at or below their removed incarnation are dropped. */
    private RingState(String cluster, RingSettings settings, TreeMap<String, NodeState> nodes,
                      TreeMap<String, Long> removed) {
        NodeState.requireText(cluster, "cluster");
        this.cluster = cluster;
        this.settings = Objects.requireNonNull(settings, "settings");
        nodes.values().removeIf(n -> n.incarnation() <= removed.getOrDefault(n.id(), -1L));
        if (nodes.size() > MAX_NODES || removed.size() > MAX_NODES) {
            throw new IllegalArgumentException("more than " + MAX_NODES + " nodes or removed nodes");
        }
        this.nodes = nodes;
        this.removed = removed;
        this.fingerprint = computeFingerprint();
    }

    /** The state of a cluster that has no nodes yet. */
    public static RingState empty(String cluster, RingSettings settings) {
        return new RingState(cluster, settings, new TreeMap<>(), new TreeMap<>());
    }

    static RingState of(String cluster, RingSettings settings, List<NodeState> nodes, Map<String, Long> removed) {
        TreeMap<String, NodeState> byId = new TreeMap<>();
        nodes.forEach(n -> byId.merge(n.id(), n, RingState::newer));
        return new RingState(cluster, settings, byId, new TreeMap<>(removed));
    }

    /** This state and one node's statement, whichever of it and a known one is newer. */
    public RingState with(NodeState node) {
        TreeMap<String, NodeState> merged = new TreeMap<>(nodes);
        merged.merge(node.id(), node, RingState::newer);
        return new RingState(cluster, settings, merged, new TreeMap<>(removed));
    }

    /** This state without a node, for ever in all incarnations up to the given one. */
    public RingState withRemoved(String id, long incarnation) {
        NodeState.requireText(id, "id");
        if (id.isEmpty() || incarnation < 0) {
            throw new IllegalArgumentException("no node can be " + id + " in incarnation " + incarnation);
        }
        TreeMap<String, Long> merged = new TreeMap<>(removed);
        merged.merge(id, incarnation, Math::max);
        return new RingState(cluster, settings, new TreeMap<>(nodes), merged);
    }

    /** True if the other state is of the same cluster, made with the same settings, so that they can merge. */
    public boolean isMergeableWith(RingState other) {
        return cluster.equals(other.cluster) && settings.equals(other.settings);
    }

    /**
     * The newest of both states, node by node.
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
        return new RingState(cluster, settings, mergedNodes, mergedRemoved);
    }

    private static NodeState newer(NodeState a, NodeState b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** The cluster's name. */
    public String cluster() {
        return cluster;
    }

    /** What the cluster was made with. */
    public RingSettings settings() {
        return settings;
    }

    /** All nodes by id, in the order of ids, LEAVING ones too. */
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

    /** The nodes that placement gives vnodes to, in the order of ids. */
    List<NodeState> placedNodes() {
        List<NodeState> placed = new ArrayList<>();
        nodes.values().forEach(n -> {
            if (n.phase().isPlaced()) {
                placed.add(n);
            }
        });
        return placed;
    }

    /**
     * A hash over all that placement depends on, and nothing else: cluster, settings, and the placed nodes' ids,
     * zones and weights. Two nodes that have the same fingerprint have the same {@link Placement}.
     */
    public long fingerprint() {
        return fingerprint;
    }

    private long computeFingerprint() {
        long h = Mix64.mix(FINGERPRINT_SEED, cluster);
        h = Mix64.mix(h, settings.vnodes());
        h = Mix64.mix(h, settings.tokens());
        h = Mix64.mix(h, settings.replicas());
        h = Mix64.mix(h, settings.epsilonPermille());
        for (NodeState n : placedNodes()) {
            h = Mix64.mix(Mix64.mix(Mix64.mix(h, n.id()), n.zone()), n.weight());
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
            && removed.equals(other.removed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(cluster, settings, nodes, removed);
    }

    @Override
    public String toString() {
        return "RingState[" + cluster + ", " + settings + ", " + nodes.values() + ", removed " + removed + "]";
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
