package dev.henge.ring.placement;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who owns each vnode: the pure function of a ring state that every node computes alike.
 *
 * <p>JOINING and UP nodes own by placement; LEAVING ones do not appear in it. How owners are chosen is told in
 * {@link BoundedLoads}. Computing takes milliseconds, so compute it once for a state and keep it; reading is a plain
 * array access.
 */
public final class Placement {
    private final long fingerprint;
    private final List<String> nodes;
    private final List<PreferenceList> lists;
    private final Map<String, BitSet> owned = new TreeMap<>();

    private Placement(long fingerprint, List<String> nodes, List<PreferenceList> lists) {
        this.fingerprint = fingerprint;
        this.nodes = nodes;
        this.lists = lists;
        nodes.forEach(n -> owned.put(n, new BitSet(lists.size())));
        lists.forEach(list -> list.owners().forEach(n -> owned.get(n).set(list.vnode())));
    }

    /** The placement that follows from a ring state. With no placed node, no vnode has an owner. */
    public static Placement of(RingState state) {
        List<NodeState> placed = state.placedNodes();
        RingSettings settings = state.settings();
        List<String> ids = placed.stream().map(NodeState::id).toList();
        TokenRing ring = new TokenRing(placed, settings.tokens());
        int[][] walks = new int[settings.vnodes()][];
        for (int v = 0; v < walks.length; v++) {
            walks[v] = ring.walk(v);
        }
        int[][] owners = new BoundedLoads(placed, settings, walks).owners();
        List<PreferenceList> lists = new ArrayList<>(walks.length);
        for (int v = 0; v < walks.length; v++) {
            lists.add(list(v, owners[v], walks[v], ids));
        }
        return new Placement(state.fingerprint(), ids, List.copyOf(lists));
    }

    private static PreferenceList list(int vnode, int[] owners, int[] walk, List<String> ids) {
        List<String> ownerIds = new ArrayList<>(owners.length);
        for (int node : owners) {
            ownerIds.add(ids.get(node));
        }
        List<String> fallbacks = new ArrayList<>(walk.length - owners.length);
        for (int node : walk) {
            if (!ownerIds.contains(ids.get(node))) {
                fallbacks.add(ids.get(node));
            }
        }
        return new PreferenceList(vnode, ownerIds, fallbacks);
    }

    /** The fingerprint of the ring state that this follows from. */
    public long fingerprint() {
        return fingerprint;
    }

    /** The placed nodes' ids, sorted. */
    public List<String> nodes() {
        return nodes;
    }

    /** How many vnodes there are. */
    public int vnodes() {
        return lists.size();
    }

    /** A vnode's owners, the natural primary first. */
    public List<String> owners(int vnode) {
        return lists.get(vnode).owners();
    }

    /** A vnode's owners and fallbacks, in the order in which they are asked. */
    public PreferenceList preferenceList(int vnode) {
        return lists.get(vnode);
    }

    /** True if the node is one of the vnode's owners. */
    public boolean isOwner(String node, int vnode) {
        BitSet vnodes = owned.get(node);
        return vnodes != null && vnodes.get(vnode);
    }

    /** The vnodes that the node is an owner of: a copy, empty for a node that is not placed. */
    public BitSet vnodesOf(String node) {
        BitSet vnodes = owned.get(node);
        return vnodes == null ? new BitSet() : (BitSet) vnodes.clone();
    }
}
