package dev.henge.ring.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * What placement does to balance and movement, measured: for the tests' bounds, and as a program for the table in
 * docs/operations.md (arguments: the number of vnodes, the number of seeds, then numbers of nodes).
 */
final class PlacementFigures {
    private static final int ID_CHARS = 40;

    private PlacementFigures() {
    }

    /** Ids as nodes make them. */
    static String id(Random random) {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < ID_CHARS; i++) {
            id.append(Character.forDigit(random.nextInt(16), 16));
        }
        return id.toString();
    }

    static List<Seat> seats(long seed, int count, IntFunction<String> zone, IntFunction<Integer> weight) {
        Random random = new Random(seed);
        List<Seat> seats = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = id(random);
            seats.add(new Seat(id, id, zone.apply(i), weight.apply(i)));
        }
        return seats;
    }

    static List<Seat> seats(long seed, int count) {
        return seats(seed, count, i -> "", i -> NodeState.DEFAULT_WEIGHT);
    }

    static Placement place(RingSettings settings, List<Seat> seats) {
        RingState empty = RingState.of("c", settings, List.of(), Map.of());
        Goal goal = new Goal(1, 0, "", settings.replicas(), seats, List.of());
        return Placement.of(empty.withGoal(goal, Optional.empty()));
    }

    static Placement place(List<Seat> seats) {
        return place(RingSettings.DEFAULT, seats);
    }

    /** Copies of vnodes that have an owner after which they had not before. */
    static int moved(Placement before, Placement after) {
        int fresh = 0;
        for (int v = 0; v < after.vnodes(); v++) {
            for (String owner : after.owners(v)) {
                fresh += before.isOwner(owner, v) ? 0 : 1;
            }
        }
        return fresh;
    }

    /** How many vnodes each node leads, in the order of {@link Placement#nodes}. */
    static int[] primaries(Placement p) {
        int[] counts = new int[p.nodes().size()];
        for (int v = 0; v < p.vnodes(); v++) {
            counts[Collections.binarySearch(p.nodes(), p.owners(v).get(0))]++;
        }
        return counts;
    }

    /** How many vnodes each node owns, in the order of {@link Placement#nodes}. */
    static int[] replicas(Placement p) {
        return p.nodes().stream().mapToInt(n -> p.vnodesOf(n).cardinality()).toArray();
    }

    /** What a join moves, as a multiple of the newcomer's fair share of all copies. */
    static double joinOfIdeal(Placement before, Placement after) {
        double share = (double) after.owners(0).size() * after.vnodes() / after.nodes().size();
        return moved(before, after) / share;
    }

    /** What a leave moves, as a multiple of what the leaver had. */
    static double leaveOfIdeal(Placement before, Placement after, String leaver) {
        return (double) moved(before, after) / before.vnodesOf(leaver).cardinality();
    }

    static double most(int[] counts) {
        return Arrays.stream(counts).max().orElseThrow() / Arrays.stream(counts).average().orElseThrow();
    }

    private static double least(int[] counts) {
        return Arrays.stream(counts).min().orElseThrow() / Arrays.stream(counts).average().orElseThrow();
    }

    private static String row(RingSettings settings, int nodes, int seeds) {
        DoubleSummaryStatistics primaries = new DoubleSummaryStatistics();
        DoubleSummaryStatistics replicas = new DoubleSummaryStatistics();
        DoubleSummaryStatistics join = new DoubleSummaryStatistics();
        DoubleSummaryStatistics leave = new DoubleSummaryStatistics();
        DoubleSummaryStatistics millis = new DoubleSummaryStatistics();
        for (int seed = 0; seed < seeds; seed++) {
            List<Seat> more = seats(seed, nodes + 1);
            long start = System.nanoTime();
            Placement now = place(settings, more.subList(0, nodes));
            millis.accept((System.nanoTime() - start) / 1e6);
            primaries.accept(most(primaries(now)));
            primaries.accept(least(primaries(now)));
            replicas.accept(most(replicas(now)));
            replicas.accept(least(replicas(now)));
            join.accept(joinOfIdeal(now, place(settings, more)));
            if (nodes > settings.replicas()) {
                leave.accept(leaveOfIdeal(now, place(settings, more.subList(1, nodes)), more.get(0).node()));
            }
        }
        String left = leave.getCount() == 0 ? "-" : String.format("%.2f (%.2f)", leave.getAverage(), leave.getMax());
        return String.format("| %d | %.2f to %.2f | %.2f to %.2f | %.2f %% | %.2f (%.2f) | %s | %.0f ms |", nodes,
            primaries.getMin(), primaries.getMax(), replicas.getMin(), replicas.getMax(), 100.0 / (nodes + 1),
            join.getAverage(), join.getMax(), left, millis.getMin());
    }

    public static void main(String[] args) {
        RingSettings settings = new RingSettings(Integer.parseInt(args[0]), RingSettings.DEFAULT.tokens(),
            RingSettings.DEFAULT.replicas(), RingSettings.DEFAULT.epsilonPermille());
        int seeds = Integer.parseInt(args[1]);
        System.out.println("| nodes | primaries of a node, of the mean | copies of a node, of the mean "
            + "| ideal share of a join | a join moves, of the ideal (worst) | a leave moves, of the ideal (worst) "
            + "| computed in |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (int i = 2; i < args.length; i++) {
            System.out.println(row(settings, Integer.parseInt(args[i]), seeds));
        }
    }
}
