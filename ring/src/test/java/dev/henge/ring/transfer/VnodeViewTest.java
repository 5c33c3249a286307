package dev.henge.ring.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class VnodeViewTest {

  private static final List<String> ALL = List.of("a", "b", "c", "d", "e", "f", "g");

  private static List<String> some(Random chance, int count) {
    List<String> nodes = new ArrayList<>(ALL);
    Collections.shuffle(nodes, chance);
    return List.copyOf(nodes.subList(0, count));
  }

  /** By steps that all are allowed it comes from anywhere to anywhere, whoever executes meanwhile. */
  @RepeatedTest(50)
  void everyTargetIsReachedByNeighbours(RepetitionInfo repetition) {
    Random chance = new Random(repetition.getCurrentRepetition());
    VnodeView view = new VnodeView(1, some(chance, 1 + chance.nextInt(5)));
    List<String> target = some(chance, 1 + chance.nextInt(5));
    int most = Math.max(view.owners().size(), target.size() + 1);
    for (int steps = 0; !view.owners().equals(target); steps++) {
      assertTrue(steps < 24, () -> "no end on the way to " + target);
      String executor = view.owners().get(0);
      List<String> next = view.towards(target, executor, target, view.owners());
      assertTrue(view.mayBecome(next), view + " to " + next);
      assertTrue(next.contains(executor));
      assertTrue(next.size() <= most, next + " on the way to " + target);
      view = view.next(next);
    }
    assertNull(view.towards(target, view.owners().get(0), target, view.owners()));
  }

  @Test
  void nobodyIsAddedBeforeItIsReadyOrRemovedBeforeItMayGo() {
    VnodeView view = new VnodeView(4, List.of("a", "b", "c"));
    List<String> target = List.of("d", "a", "b");
    assertEquals(List.of("a", "b", "c"), view.owners());
    assertNull(view.towards(target, "a", List.of(), List.of("c")));
    assertEquals(List.of("d", "a", "b", "c"), view.towards(target, "a", List.of("d"), List.of()));
    VnodeView four = view.next(List.of("d", "a", "b", "c"));
    assertNull(four.towards(target, "d", List.of("d"), List.of()));
    assertEquals(target, four.towards(target, "d", List.of("d"), List.of("c")));
  }

  @Test
  void whoExecutesAndIsToGoHandsOverFirst() {
    VnodeView view = new VnodeView(1, List.of("c", "a", "b"));
    List<String> next = view.towards(List.of("a", "b"), "c", List.of("a", "b"), List.of("a", "b", "c"));
    assertEquals(List.of("a", "b", "c"), next);
    assertEquals(List.of("a", "b"), view.next(next).towards(List.of("a", "b"), "a", List.of(), List.of("c")));
  }

  @Test
  void majoritiesOfNeighboursMeet() {
    VnodeView view = new VnodeView(1, List.of("a", "b", "c"));
    assertTrue(view.mayBecome(List.of("a", "b", "c", "d")));
    assertTrue(view.mayBecome(List.of("c", "b")));
    assertTrue(view.mayBecome(List.of("b", "a", "c")));
    assertFalse(view.mayBecome(List.of("a", "b", "d")));
    assertFalse(view.mayBecome(List.of("a")));
    assertFalse(view.mayBecome(List.of("a", "b", "c", "d", "e")));
    assertFalse(view.mayBecome(List.of("a", "b", "c")));
    assertFalse(view.mayBecome(List.of()));
  }

  @Test
  void aVoterTakesWhatSomeVotersMightHaveDecided() {
    VnodeView view = new VnodeView(3, List.of("a", "b", "c"));
    assertTrue(view.couldBecome(List.of("a", "b", "c", "d")));
    assertTrue(view.couldBecome(List.of("c"))); // where a and b were declared dead
    assertFalse(view.couldBecome(List.of("d")));
    assertFalse(view.couldBecome(List.of("a", "b", "d")));
    assertFalse(view.couldBecome(List.of()));
    assertFalse(view.couldBecome(List.of("a", "b", "c")));
  }

  @Test
  void ownersWhoWereAllDeclaredDeadDecideWhenTheyTurnUp() {
    VnodeView view = new VnodeView(3, List.of("a", "b"));
    assertEquals(view.owners(), view.voters(List.of("a", "b")));
    assertEquals(List.of("b"), view.voters(List.of("a")));
    assertEquals(view.owners(), view.voters(List.of()));
  }
}
