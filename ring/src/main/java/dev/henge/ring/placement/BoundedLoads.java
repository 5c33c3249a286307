package dev.henge.ring.placement;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One computation of every vnode's owners: consistent hashing with bounded loads.
 *
 * <p><b>Where it comes from.</b> Plain consistent hashing gives the busiest node some 1.2 of the mean even with 256
 * tokens a node. Mirrokni, Thorup and Zadimoghaddam ("Consistent Hashing with Bounded Loads", SODA 2018) give every
 * node a capacity of (1+ε) of its fair share; a ball whose node is full goes on clockwise to the first node that has
 * room. When a node joins, besides what it takes itself, only what stood at a full node moves on. Here the balls are
 * not hashed afresh: they are the Q vnodes, always taken in the order of their numbers, so that the result depends
 * on the members alone and not on the order in which they came.
 *
 * <p><b>Owners first, primaries among them.</b> Rank by rank, every vnode takes the next node of its walk that it does
 * not have yet, whose zone it does not have yet (while there is such a zone), and that is below its capacity for all
 * ranks together. Only when all owners stand is a primary chosen among them: the first that is below its capacity
 * as primary. Placing primaries first, as owners, balances as well and moves more: who of the owners is primary
 * costs no data, and so must not decide who owns. Rank by rank, not vnode by vnode: no third owner may use up the
 * room that another vnode needs to have a second zone at all.
 *
 * <p><b>When the greedy choice is stuck.</b> The last vnodes can find room only on nodes that they already have. Then
 * an earlier vnode gives up a full node for one that has room (an augmenting path of length one; for primaries, of any
 * length by breadth-first search). If even that fails, which takes extreme weights or zones, the least loaded allowed
 * node is overfilled: N owners in most zones come before the bound.
 *
 * <p><b>Fair shares.</b> A node's share goes by weight, but a vnode can have a node, and while there are zones
 * enough a zone, only once; and where zones are fewer than N, every vnode needs each of them. So shares are poured as
 * water into vessels with a floor and a brim, first over zones, then inside each zone over nodes. A zone of one small
 * node among few zones thus carries more than its weight: distinct zones come before weight.
 */
final class BoundedLoads {
    private static final int NONE = -1;
    private static final double ROUNDING = 1e-6;
    private static final int POUR_STEPS = 100;

    private final int[][] walks;
    private final int vnodes;
    private final int copies;
    private final int[] zoneOf;
    private final int zones;
    private final double[] weights;
    private final int[] capacity;
    private final int[] primaryCapacity;
    private final int[] load;
    private final int[] primaryLoad;
    private final int[][] owners;
    private final int[] primary;

    /** Seats sorted by name; walks[vnode] names all of them, by index, in ring order. */
    BoundedLoads(List<Seat> nodes, RingSettings settings, int[][] walks) {
        this.walks = walks;
        vnodes = settings.vnodes();
        copies = Math.min(settings.replicas(), nodes.size());
        Map<String, Integer> zoneIndexes = new LinkedHashMap<>();
        zoneOf = nodes.stream()
            .mapToInt(n -> zoneIndexes.computeIfAbsent(n.zone(), z -> zoneIndexes.size()))
            .toArray();
        zones = zoneIndexes.size();
        weights = nodes.stream().mapToDouble(Seat::weight).toArray();
        double slack = 1 + settings.epsilonPermille() / 1000.0;
        capacity = capacities(shares(), slack);
        primaryCapacity = capacities(primaryShares(), slack);
        load = new int[nodes.size()];
        primaryLoad = new int[nodes.size()];
        owners = new int[vnodes][copies];
        primary = new int[vnodes];
    }

    /** For each vnode its owners' indexes, the primary first. Call once. */
    int[][] owners() {
        if (copies == 0) {
            return owners;
        }
        for (int rank = 0; rank < copies; rank++) {
            for (int v = 0; v < vnodes; v++) {
                placeOwner(v, rank);
            }
        }
        Arrays.fill(primary, NONE);
        for (int v = 0; v < vnodes; v++) {
            placePrimary(v);
        }
        for (int v = 0; v < vnodes; v++) {
            putPrimaryFirst(v);
        }
        return owners;
    }

    // ---- owners ----

    private void placeOwner(int v, int rank) {
        boolean newZone = zonesOf(v, rank) < zones;
        for (int node : walks[v]) {
            if (load[node] < capacity[node] && mayTake(v, rank, node, newZone)) {
                give(v, rank, node);
                return;
            }
        }
        if (!swapIn(v, rank, newZone)) {
            give(v, rank, leastLoaded(v, rank, newZone));
        }
    }

    private void give(int v, int rank, int node) {
        owners[v][rank] = node;
        load[node]++;
    }

    /** Every node that v may take is full: an earlier vnode passes one on and takes a node that has room. */
    private boolean swapIn(int v, int rank, boolean newZone) {
        for (int full : walks[v]) {
            if (!mayTake(v, rank, full, newZone)) {
                continue;
            }
            for (int u = 0; u < vnodes; u++) {
                int held = u < v ? rank + 1 : rank;
                int at = u == v ? NONE : indexOf(owners[u], held, full);
                int spare = at == NONE ? NONE : spareFor(u, at, held);
                if (spare != NONE) {
                    load[full]--;
                    give(u, at, spare);
                    give(v, rank, full);
                    return true;
                }
            }
        }
        return false;
    }

    /** The first node of u's walk that has room and could stand in place of u's owner without losing a zone. */
    private int spareFor(int u, int at, int held) {
        for (int node : walks[u]) {
            if (load[node] < capacity[node] && indexOf(owners[u], held, node) == NONE
                && (zoneOf[node] == zoneOf[owners[u][at]] || !hasZone(u, held, zoneOf[node]))) {
                return node;
            }
        }
        return NONE;
    }

    private int leastLoaded(int v, int rank, boolean newZone) {
        int best = NONE;
        for (int node : walks[v]) {
            if (mayTake(v, rank, node, newZone) && (best == NONE
                || (long) load[node] * capacity[best] < (long) load[best] * capacity[node])) {
                best = node;
            }
        }
        return best;
    }

    private boolean mayTake(int v, int rank, int node, boolean newZone) {
        return indexOf(owners[v], rank, node) == NONE && !(newZone && hasZone(v, rank, zoneOf[node]));
    }

    private boolean hasZone(int v, int held, int zone) {
        for (int i = 0; i < held; i++) {
            if (zoneOf[owners[v][i]] == zone) {
                return true;
            }
        }
        return false;
    }

    private int zonesOf(int v, int held) {
        int distinct = 0;
        for (int i = 0; i < held; i++) {
            distinct += hasZone(v, i, zoneOf[owners[v][i]]) ? 0 : 1;
        }
        return distinct;
    }

    private static int indexOf(int[] nodes, int length, int node) {
        for (int i = 0; i < length; i++) {
            if (nodes[i] == node) {
                return i;
            }
        }
        return NONE;
    }

    // ---- primaries ----

    private void placePrimary(int v) {
        for (int node : owners[v]) {
            if (primaryLoad[node] < primaryCapacity[node]) {
                lead(v, node);
                return;
            }
        }
        if (!shiftPrimaries(v)) {
            int best = owners[v][0];
            for (int node : owners[v]) {
                long here = (long) primaryLoad[node] * primaryCapacity[best];
                if (here < (long) primaryLoad[best] * primaryCapacity[node]) {
                    best = node;
                }
            }
            lead(v, best);
        }
    }

    private void lead(int v, int node) {
        primary[v] = node;
        primaryLoad[node]++;
    }

    /**
     * All of v's owners are full as primaries: a breadth-first search finds the shortest chain of vnodes that each
     * pass their primary on to another of their owners, up to one that has room.
     */
    private boolean shiftPrimaries(int v) {
        int[] passedBy = new int[weights.length]; // the vnode that would pass its primary on to this node
        Arrays.fill(passedBy, NONE);
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        for (int node : owners[v]) {
            passedBy[node] = v;
            queue.add(node);
        }
        while (!queue.isEmpty()) {
            int full = queue.remove();
            for (int u = 0; u < vnodes; u++) {
                if (primary[u] != full) {
                    continue;
                }
                for (int node : owners[u]) {
                    if (passedBy[node] != NONE) {
                        continue;
                    }
                    passedBy[node] = u;
                    if (primaryLoad[node] < primaryCapacity[node]) {
                        passAlong(v, node, passedBy);
                        return true;
                    }
                    queue.add(node);
                }
            }
        }
        return false;
    }

    private void passAlong(int v, int roomy, int[] passedBy) {
        int to = roomy;
        primaryLoad[roomy]++;
        for (int u = passedBy[to]; ; u = passedBy[to]) {
            int from = primary[u];
            primary[u] = to;
            if (u == v) {
                return;
            }
            to = from;
        }
    }

    /** The primary, then owners of zones not seen yet, then the rest; otherwise as they were. */
    private void putPrimaryFirst(int v) {
        List<Integer> left = new ArrayList<>(copies);
        for (int node : owners[v]) {
            if (node != primary[v]) {
                left.add(node);
            }
        }
        owners[v][0] = primary[v];
        for (int rank = 1; rank < copies; rank++) {
            int next = 0;
            for (int i = 0; i < left.size(); i++) {
                if (!hasZone(v, rank, zoneOf[left.get(i)])) {
                    next = i;
                    break;
                }
            }
            owners[v][rank] = left.remove(next);
        }
    }

    // ---- shares ----

    private int[] capacities(double[] shares, double slack) {
        return Arrays.stream(shares)
            .mapToInt(share -> (int) Math.min(vnodes, Math.ceil(share * slack - ROUNDING)))
            .toArray();
    }

    private double[] primaryShares() {
        double total = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> vnodes * weight / total).toArray();
    }

    /** How many vnodes each node should own: by weight, within what distinct nodes and zones allow. */
    private double[] shares() {
        boolean enoughZones = zones >= copies;
        double[] zoneWeight = new double[zones];
        double[] floor = new double[zones];
        double[] brim = new double[zones];
        for (int node = 0; node < weights.length; node++) {
            int zone = zoneOf[node];
            zoneWeight[zone] += weights[node];
            floor[zone] = enoughZones ? 0 : vnodes;
            brim[zone] = enoughZones ? vnodes : brim[zone] + vnodes;
        }
        double[] zoneShares = pour((double) vnodes * copies, zoneWeight, floor, brim);
        double[] shares = new double[weights.length];
        for (int zone = 0; zone < zones; zone++) {
            int here = zone;
            double[] inside = new double[weights.length];
            double[] nodeBrim = new double[weights.length];
            for (int node = 0; node < weights.length; node++) {
                inside[node] = zoneOf[node] == here ? weights[node] : 0;
                nodeBrim[node] = zoneOf[node] == here ? vnodes : 0;
            }
            double[] poured = pour(zoneShares[zone], inside, new double[weights.length], nodeBrim);
            for (int node = 0; node < shares.length; node++) {
                shares[node] += poured[node];
            }
        }
        return shares;
    }

    /** Vessels as wide as their weights, filled to one level, none below its floor or over its brim. */
    private static double[] pour(double amount, double[] weights, double[] floor, double[] brim) {
        double low = 0;
        double high = 0;
        for (int i = 0; i < weights.length; i++) {
            high = weights[i] > 0 ? Math.max(high, brim[i] / weights[i]) : high;
        }
        for (int step = 0; step < POUR_STEPS; step++) {
            double level = (low + high) / 2;
            if (Arrays.stream(levels(level, weights, floor, brim)).sum() < amount) {
                low = level;
            } else {
                high = level;
            }
        }
        return levels(high, weights, floor, brim);
    }

    private static double[] levels(double level, double[] weights, double[] floor, double[] brim) {
        double[] filled = new double[weights.length];
        for (int i = 0; i < filled.length; i++) {
            filled[i] = Math.min(brim[i], Math.max(floor[i], level * weights[i]));
        }
        return filled;
    }
}
