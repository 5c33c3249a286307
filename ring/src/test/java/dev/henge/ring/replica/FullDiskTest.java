package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.type.StringValue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a shard answers while its log's disk is full: nothing that is not written, and after that what it always
 * would.
 */
class FullDiskTest {

  private static final byte[] KEY = {'A', 0, 0};

  private final Simulation sim = new Simulation(5, new Simulation.Options(1, 8, false, false, false, 0, 1, false));
  private final SimulatedNode node = sim.node("n1");
  private final List<Outcome> outcomes = new ArrayList<>();

  private void start() {
    sim.startAll(true);
    sim.untilServed(20_000);
  }

  private Hold set(String value) {
    return node.shard.execute(0, rows ->
        new StringValue(rows, rows.open(rows.locate(0, KEY, 0, KEY.length))).set(value.getBytes(), 0));
  }

  private Hold get() {
    return node.shard.execute(0, rows -> new StringValue(rows, rows.open(rows.locate(0, KEY, 0, KEY.length))).get());
  }

  private void await(Hold hold) {
    hold.await(new Hold.Waiter() {
      @Override
      protected void released(Outcome outcome) {
        outcomes.add(outcome);
      }
    });
  }

  @Test
  void aWriteOfATurnThatIsNotWrittenIsNotAnsweredNorReadUntilItIs() {
    start();
    node.shard.beginTurn();
    assertNull(set("before"), "with one owner nothing has to be waited for");
    node.shard.endTurn();
    assertFalse(node.shard.unwritten());

    node.log.full(true);
    node.shard.beginTurn();
    assertNull(set("waits"));
    node.shard.endTurn();
    assertTrue(node.shard.unwritten(), "no reply of this turn may leave");
    assertFalse(node.shard.writable());
    assertTrue(node.shard.refusal().contains("No space left"), node.shard.refusal());

    node.shard.beginTurn();
    Hold hold = get();
    assertNotNull(hold, "a read of what is not written waits");
    await(hold);
    node.shard.endTurn();
    assertFalse(node.shard.unwritten(), "other reads of later turns go on");
    assertEquals(List.of(), outcomes);

    node.log.full(false);
    node.shard.beginTurn();
    node.shard.endTurn();
    assertEquals(List.of(Outcome.DONE), outcomes);
    assertTrue(node.shard.writable());
    node.shard.beginTurn();
    assertNull(get());
  }

  @Test
  void whatTakesTooLongIsInDoubtAndMayStillCome() {
    start();
    node.log.full(true);
    node.shard.beginTurn();
    set("waits");
    node.shard.endTurn();
    node.shard.beginTurn();
    await(get());
    node.shard.endTurn();
    sim.run(2 * Simulation.TIMEOUT_MILLIS);
    assertEquals(List.of(Outcome.IN_DOUBT), outcomes);
    node.log.full(false);
    sim.run(100);
    node.shard.beginTurn();
    assertNull(get(), "written after all");
  }

  /** A forwarded command's answer cannot be held back by its connection: it always has a hold. */
  @Test
  void anAnswerToAnotherNodeWaitsToo() {
    start();
    node.log.full(true);
    node.shard.beginTurn();
    Hold hold = node.shard.held(() -> set("forwarded"));
    assertNotNull(hold);
    await(hold);
    node.shard.endTurn();
    assertEquals(List.of(), outcomes);
    node.log.full(false);
    node.shard.beginTurn();
    node.shard.endTurn();
    assertEquals(List.of(Outcome.DONE), outcomes);
  }
}
