package dev.henge.ring.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What growing, shrinking and replacing move, against what they would have to move at least. */
class GrowthTest {
    private static final int SEEDS = 60;
    private static final int NODES_MAX = 11;
    private static final double MOVEMENT_MAX = 1.15;
    private static final double BALANCE_MAX = 1.06;
    private static final int COPIES = 3;

    /** Of any ids, not only on average: the worst join and the worst leave of all seeds. */
    @Test
    void joinsAndLeavesMoveLittleMoreThanTheyMust() {
        for (int n = 3; n < NODES_MAX; n++) {
            double worstJoin = 0;
            double worstLeave = 0;
            for (int seed = 0; seed < SEEDS; seed++) {
                List<Seat> more = PlacementFigures.seats(seed, n + 1);
                Placement before = PlacementFigures.place(more.subList(0, n));
                Placement after = PlacementFigures.place(more);
                assertBalanced(after, "seed " + seed + ", " + (n + 1) + " nodes");
                worstJoin = Math.max(worstJoin, PlacementFigures.joinOfIdeal(before, after));
                worstLeave = Math.max(worstLeave, PlacementFigures.leaveOfIdeal(after, before, more.get(n).node()));
            }
            String told = String.format("%d -> %d nodes: at worst a join moves %.3f of the ideal, a leave %.3f", n,
                n + 1, worstJoin, worstLeave);
            System.out.println(told);
            assertTrue(worstJoin <= MOVEMENT_MAX, told);
            assertTrue(worstLeave <= MOVEMENT_MAX, told);
        }
    }

    private static void assertBalanced(Placement p, String where) {
        double replica = PlacementFigures.most(PlacementFigures.replicas(p));
        double primary = PlacementFigures.most(PlacementFigures.primaries(p));
        assertTrue(replica <= BALANCE_MAX, where + ": the busiest holds " + replica + " of the mean");
        assertTrue(primary <= BALANCE_MAX, where + ": the busiest leads " + primary + " of the mean");
    }

    /** What joined one by one and left in another order is where it would be had it been so at once: no history. */
    @Test
    void theWayThereDoesNotCount() {
        List<Seat> all = PlacementFigures.seats(3, 6);
        List<Seat> shuffled = List.of(all.get(4), all.get(0), all.get(2));
        Placement x = PlacementFigures.place(shuffled);
        Placement y = PlacementFigures.place(List.of(all.get(0), all.get(2), all.get(4)));
        for (int v = 0; v < x.vnodes(); v++) {
            assertEquals(x.preferenceList(v), y.preferenceList(v));
        }
    }

    @Test
    void aReplacementMovesWhatTheReplacedOneHadAndNothingElse() {
        for (int n = 1; n <= NODES_MAX; n++) {
            for (int seed = 0; seed < SEEDS / 4; seed++) {
                int at = seed % n;
                List<Seat> seats = new ArrayList<>(PlacementFigures.seats(seed, n, i -> "z" + i % 4, i -> 100 + i));
                Placement before = PlacementFigures.place(seats);
                Seat old = seats.get(at);
                String fresh = PlacementFigures.id(new Random(-1 - seed));
                seats.set(at, new Seat(fresh, old.name(), old.zone(), old.weight()));
                Placement after = PlacementFigures.place(seats);
                assertEquals(before.vnodesOf(old.node()), after.vnodesOf(fresh));
                assertEquals(before.vnodesOf(old.node()).cardinality(), PlacementFigures.moved(before, after));
            }
        }
    }

    /** Nodes come to three zones in turn: each vnode is in all zones before, while the zones are uneven, and after. */
    @Test
    void zonesAreKeptAsTheRingGrows() {
        for (int n = 3; n <= NODES_MAX; n++) {
            for (int seed = 0; seed < SEEDS / 4; seed++) {
                List<Seat> seats = PlacementFigures.seats(seed, n, i -> "z" + i % 3, i -> 100);
                Map<String, String> zoneOf = seats.stream().collect(Collectors.toMap(Seat::node, Seat::zone));
                Placement p = PlacementFigures.place(seats);
                for (int v = 0; v < p.vnodes(); v++) {
                    long zones = p.owners(v).stream().map(zoneOf::get).distinct().count();
                    assertEquals(COPIES, zones, "seed " + seed + ", " + n + " nodes, vnode " + v);
                }
                if (n % 3 == 0) {
                    assertBalanced(p, "seed " + seed + ", " + n + " nodes");
                }
            }
        }
    }

    /** A node of half the weight carries half as much, and making it whole moves about what it then has more. */
    @Test
    void aWeightIsHonouredAndItsChangeMovesTheDifference() {
        for (int seed = 0; seed < SEEDS; seed++) {
            List<Seat> half = new ArrayList<>(PlacementFigures.seats(seed, 8, i -> "", i -> i == 0 ? 50 : 100));
            Placement before = PlacementFigures.place(half);
            Seat light = half.set(0, half.get(0).withWeight(100));
            Placement after = PlacementFigures.place(half);
            int had = before.vnodesOf(light.node()).cardinality();
            int has = after.vnodesOf(light.node()).cardinality();
            double fairHalf = COPIES * 1024 / 7.5 / 2;
            String where = "seed " + seed + ": " + had + " then " + has + " copies";
            assertTrue(had <= 1.05 * fairHalf + 1, where);
            assertTrue(had >= 0.75 * fairHalf, where);
            assertTrue(PlacementFigures.moved(before, after) <= 1.25 * (has - had) + 10, where + ", moved "
                + PlacementFigures.moved(before, after));
        }
    }

    /** N up: each vnode gets owners and loses none; N down: the other way. */
    @Test
    void anotherNumberOfOwnersMovesAlmostOnlyTheDifference() {
        for (int seed = 0; seed < SEEDS; seed++) {
            List<Seat> seats = PlacementFigures.seats(seed, 5);
            Placement two = PlacementFigures.place(RingSettings.DEFAULT.withReplicas(2), seats);
            Placement three = PlacementFigures.place(seats);
            int up = PlacementFigures.moved(two, three);
            int down = PlacementFigures.moved(three, two);
            assertTrue(up <= MOVEMENT_MAX * 1024, "seed " + seed + ": N 2 to 3 moves " + up);
            assertTrue(down <= 0.15 * 1024, "seed " + seed + ": N 3 to 2 moves " + down);
        }
    }
}
