package dev.henge.ring.placement;

import java.util.List;

/**
 * A vnode's nodes in the order in which they are asked: its owners, the natural primary first, then the fallbacks.
 *
 * @param vnode     the vnode
 * @param owners    its distinct owners, the natural primary first: N by placement (all nodes if there are fewer), or
 *                  those that it has while it is on its way there
 * @param fallbacks every other seated node, in ring order
 */
public record PreferenceList(int vnode, List<String> owners, List<String> fallbacks) {
    public PreferenceList {
        owners = List.copyOf(owners);
        fallbacks = List.copyOf(fallbacks);
    }

    /** The first owner, who executes the vnode's commands when ready and reachable. Fails if there is no node. */
    public String primary() {
        return owners.get(0);
    }

    /** How many nodes there are in all. */
    public int size() {
        return owners.size() + fallbacks.size();
    }

    /** The node at a place: owners from 0, then fallbacks. */
    public String get(int place) {
        return place < owners.size() ? owners.get(place) : fallbacks.get(place - owners.size());
    }

    /** True if the node is one of the owners. */
    public boolean isOwner(String node) {
        return owners.contains(node);
    }
}
