package dev.henge.ring.placement;

import java.util.Comparator;
import java.util.Optional;

/**
 * All that operators said about one ring, as three registers of which each keeps its greatest value: the goal together
 * with the one that it took the place of, the staged goal, and the pace.
 *
 * <p>A staged goal whose version is not above the goal's has been committed or overtaken, and is dropped. That leaves
 * merging associative: what a merge drops is below the version that every later merge ends at or above.
 *
 * @param before the goal before the present one; empty after a cancel, so that a second cancel does not undo the first
 */
record Wishes(Optional<Goal> goal, Optional<Goal> before, Optional<Goal> staged, Pace pace) {
    static final Wishes NONE = new Wishes(Optional.empty(), Optional.empty(), Optional.empty(), Pace.DEFAULT);

    private static final Comparator<Optional<Goal>> GREATER =
        Comparator.comparing((Optional<Goal> g) -> g.orElse(null),
            Comparator.nullsFirst(Comparator.naturalOrder()));

    Wishes {
        if (before.isPresent() && (goal.isEmpty() || before.get().version() >= goal.get().version())) {
            throw new IllegalArgumentException("a goal before the goal that is not before it");
        }
        long reached = goal.map(Goal::version).orElse(0L);
        staged = staged.filter(s -> s.version() > reached);
    }

    Wishes merge(Wishes other) {
        int c = GREATER.compare(goal, other.goal);
        c = c != 0 ? c : GREATER.compare(before, other.before);
        Wishes later = c >= 0 ? this : other;
        Optional<Goal> greaterStaged = GREATER.compare(staged, other.staged) >= 0 ? staged : other.staged;
        Pace greaterPace = pace.compareTo(other.pace) >= 0 ? pace : other.pace;
        return new Wishes(later.goal, later.before, greaterStaged, greaterPace);
    }
}
