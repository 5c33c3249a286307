package dev.henge.ring.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Who owns each vnode. {@link #of} is the pure function of a ring state that every node computes alike: where its
 * vnodes belong. {@link #withOwners(List)} is the same ring with the owners that its vnodes have meanwhile.
 *
 * <p>Only nodes with a seat own by placement; how owners are chosen is told in {@link BoundedLoads}. Computing takes
 * milliseconds, so compute it once for a state and keep it; reading is a plain array access.
 */
public final class Placement {
    private final long fingerprint;
    private final List<String> nodes;
    private final TokenRing ring;
    /** The seated nodes' ids in the order of their names, as the ring numbers them. */
    private final List<String> byName;
    private final PreferenceList[] lists;
    private final Map<String, BitSet> owned;

    private Placement(long fingerprint, List<String> nodes, TokenRing ring, List<String> byName,
                      PreferenceList[] lists, Map<String, BitSet> owned) {
        this.fingerprint = fingerprint;
        this.nodes = nodes;
        this.ring = ring;
        this.byName = byName;
        this.lists = lists;
        this.owned = owned;
    }

    /** The same ring with other lists. */
    private Placement(Placement of, PreferenceList[] lists, Map<String, BitSet> owned) {
        this(of.fingerprint, of.nodes, of.ring, of.byName, lists, owned);
    }

    /** The placement that follows from a ring state. With no seat, no vnode has an owner. */
    public static Placement of(RingState state) {
        List<Seat> seats = state.seats().stream().sorted(Comparator.comparing(Seat::name)).toList();
        RingSettings settings = state.settings().withReplicas(state.replicas());
        List<String> byName = seats.stream().map(Seat::node).toList();
        TokenRing ring = new TokenRing(seats, settings.tokens());
        int[][] walks = new int[settings.vnodes()][];
        for (int v = 0; v < walks.length; v++) {
            walks[v] = ring.walk(v);
        }
        int[][] owners = new BoundedLoads(seats, settings, walks).owners();
        PreferenceList[] lists = new PreferenceList[walks.length];
        for (int v = 0; v < walks.length; v++) {
            lists[v] = list(v, Arrays.stream(owners[v]).mapToObj(byName::get).toList(), walks[v], byName);
        }
        List<String> nodes = byName.stream().sorted().toList();
        return new Placement(state.fingerprint(), nodes, ring, byName, lists, owned(lists));
    }

    private static PreferenceList list(int vnode, List<String> owners, int[] walk, List<String> byName) {
        List<String> fallbacks = new ArrayList<>(walk.length);
        for (int node : walk) {
            if (!owners.contains(byName.get(node))) {
                fallbacks.add(byName.get(node));
            }
        }
        return new PreferenceList(vnode, owners, fallbacks);
    }

    private static Map<String, BitSet> owned(PreferenceList[] lists) {
        Map<String, BitSet> owned = new TreeMap<>();
        for (PreferenceList list : lists) {
            for (String node : list.owners()) {
                owned.computeIfAbsent(node, n -> new BitSet(lists.length)).set(list.vnode());
            }
        }
        return owned;
    }

    /**
     * The same ring, but with these owners, a list a vnode with the natural primary first. They may be nodes without a
     * seat; the fallbacks are the seated nodes that are no owners. What stays as it was is shared, not copied.
     */
    public Placement withOwners(List<List<String>> owners) {
        if (owners.size() != lists.length) {
            throw new IllegalArgumentException("owners of " + owners.size() + " vnodes, there are " + lists.length);
        }
        BitSet changed = new BitSet();
        for (int v = 0; v < lists.length; v++) {
            changed.set(v, !lists[v].owners().equals(owners.get(v)));
        }
        return relisted(changed, owners::get);
    }

    /** The same ring, but with these owners of one vnode; see {@link #withOwners(List)}. */
    public Placement withOwners(int vnode, List<String> owners) {
        BitSet changed = new BitSet();
        changed.set(vnode, !lists[vnode].owners().equals(owners));
        return relisted(changed, v -> owners);
    }

    private Placement relisted(BitSet changed, IntFunction<List<String>> owners) {
        if (changed.isEmpty()) {
            return this;
        }
        PreferenceList[] next = lists.clone();
        Map<String, BitSet> copies = new HashMap<>();
        Function<String, BitSet> copyOf = node -> copies.computeIfAbsent(node, this::vnodesOf);
        changed.stream().forEach(v -> {
            next[v] = relisted(v, owners.apply(v));
            lists[v].owners().forEach(node -> copyOf.apply(node).clear(v));
            next[v].owners().forEach(node -> copyOf.apply(node).set(v));
        });
        Map<String, BitSet> nextOwned = new TreeMap<>(owned);
        nextOwned.putAll(copies);
        nextOwned.values().removeIf(BitSet::isEmpty);
        return new Placement(this, next, nextOwned);
    }

    private PreferenceList relisted(int vnode, List<String> owners) {
        if (new HashSet<>(owners).size() != owners.size()) {
            throw new IllegalArgumentException("vnode " + vnode + " cannot have an owner twice: " + owners);
        }
        return list(vnode, owners, ring.walk(vnode), byName);
    }

    /** The fingerprint of the ring state that this follows from. */
    public long fingerprint() {
        return fingerprint;
    }

    /** The seated nodes' ids, sorted. */
    public List<String> nodes() {
        return nodes;
    }

    /** How many vnodes there are. */
    public int vnodes() {
        return lists.length;
    }

    /** A vnode's owners, the natural primary first. */
    public List<String> owners(int vnode) {
        return lists[vnode].owners();
    }

    /** A vnode's owners and fallbacks, in the order in which they are asked. */
    public PreferenceList preferenceList(int vnode) {
        return lists[vnode];
    }

    /** True if the node is one of the vnode's owners. */
    public boolean isOwner(String node, int vnode) {
        BitSet vnodes = owned.get(node);
        return vnodes != null && vnodes.get(vnode);
    }

    /** The vnodes that the node is an owner of: a copy, empty for a node that owns nothing. */
    public BitSet vnodesOf(String node) {
        BitSet vnodes = owned.get(node);
        return vnodes == null ? new BitSet() : (BitSet) vnodes.clone();
    }
}
