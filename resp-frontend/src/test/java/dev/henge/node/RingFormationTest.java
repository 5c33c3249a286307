package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.RingSettings;
import dev.henge.ring.placement.RingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who forms a ring, and who joins it. */
class RingFormationTest {

  @TempDir
  private Path dir;

  private RingFormation node(String id, boolean joins) throws IOException {
    NodeState self = new NodeState(id, 1, 1, new NodeAddress(id, 1, 2, 3), "", NodeState.DEFAULT_WEIGHT);
    Path files = dir.resolve(id);
    Files.createDirectories(files);
    return new RingFormation(NodeFiles.in(files), RingState.empty("c", RingSettings.DEFAULT), self, 2, joins, state -> {});
  }

  /** Who is told to join may be there before the ring is, and is none of those who form it. */
  @Test
  void aJoinerIsNotCountedAmongThoseWhoForm() throws IOException {
    RingFormation first = node("first", false);
    RingFormation second = node("second", false);
    RingFormation joiner = node("joiner", true);
    first.heard("joiner", joiner.view());
    joiner.heard("first", first.view());
    assertFalse(first.formed());
    assertFalse(joiner.formed());
    first.heard("second", second.view());
    second.heard("first", first.view());
    assertTrue(first.formed());
    assertTrue(second.formed());
    assertEquals(Set.of("first", "second"), first.state().nodes().keySet());
    joiner.heard("first", first.view());
    assertTrue(joiner.formed());
    first.heard("joiner", joiner.view());
    assertEquals(Set.of("first", "second", "joiner"), first.state().nodes().keySet());
    assertEquals(2, first.state().goal().orElseThrow().seats().size());
  }
}
