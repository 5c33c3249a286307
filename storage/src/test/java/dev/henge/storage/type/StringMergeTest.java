package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static dev.henge.storage.type.Actor.text;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.storage.lsm.MemoryByteStore;
import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** What strings and counters show when two replicas that wrote without each other meet, in either order. */
class StringMergeTest {

  private static final int SEEDS = 300;

  /** A write to the key, as one command. */
  private interface Write extends BiConsumer<Keyspace, Head> {}

  private final Actor.Clock clock = new Actor.Clock();

  private static Write set(String value) {
    return (keyspace, head) -> new StringValue(keyspace, head).set(bytes(value), 0);
  }

  private static Write moveTo(String target) {
    return (keyspace, head) -> new StringValue(keyspace, head).moveTo(new BigDecimal(target));
  }

  private static Write move(long by) {
    return (keyspace, head) -> {
      StringValue value = new StringValue(keyspace, head);
      value.move(value.exists() ? Long.parseLong(text(value.get())) : 0, by);
    };
  }

  private static final Write DELETE = Keyspace::delete;

  private static final Write EXPIRE = (keyspace, head) -> keyspace.setDeadline(head, 1_900_000_000_000L);

  private static void run(Actor actor, Write write) {
    actor.run(head -> {
      write.accept(actor.keyspace, head);
      return null;
    });
  }

  private static String shown(Actor actor) {
    return actor.run(head -> {
      byte[] value = new StringValue(actor.keyspace, head).get();
      return value == null ? null : text(value);
    });
  }

  private Actor actor(long name) {
    return new Actor(name, clock, new MemoryByteStore());
  }

  private void meet(Write before, List<Write> left, List<Write> right, String expected) {
    Actor a = actor(0xA);
    Actor b = actor(0xB);
    run(a, before);
    int common = a.sent.size();
    b.apply(a.sent);
    left.forEach(write -> run(a, write));
    right.forEach(write -> run(b, write));
    Actor c = actor(0xC);
    c.apply(a.sent);
    c.apply(b.sent);
    Actor d = actor(0xD);
    d.apply(a.sent.subList(0, common));
    d.apply(b.sent);
    d.apply(a.sent.subList(common, a.sent.size()));
    List<Actor.Sent> ofA = List.copyOf(a.sent.subList(common, a.sent.size()));
    a.apply(b.sent);
    b.apply(ofA);
    for (Actor each : List.of(a, b, c, d)) {
      assertEquals(expected, shown(each));
    }
  }

  @Test
  void incrementsOfBothSidesAddUp() {
    meet(set("10"), List.of(move(1), move(5)), List.of(move(-2), move(100)), "114");
    meet(DELETE, List.of(move(1), move(5)), List.of(move(-2)), "4");
    meet(set("10.5"), List.of(moveTo("10.75")), List.of(moveTo("11")), "11.25");
    meet(set("1"), List.of(moveTo("1.5")), List.of(move(2)), "3.5");
  }

  @Test
  void theNewerOfTwoSetsShows() {
    meet(set("old"), List.of(set("left")), List.of(set("right")), "right");
    meet(set("old"), List.of(set("left"), set("left again")), List.of(set("right")), "right");
    meet(DELETE, List.of(set("left")), List.of(set("right")), "right");
  }

  @Test
  void aSetThatADeleteHadNotSeenSurvives() {
    meet(set("old"), List.of(set("new")), List.of(DELETE), "new");
    meet(set("old"), List.of(DELETE), List.of(set("new")), "new");
    meet(set("old"), List.of(DELETE, set("left")), List.of(DELETE), "left");
    meet(set("old"), List.of(DELETE), List.of(DELETE), null);
  }

  @Test
  void incrementsThatASetOrDeleteHadNotSeenSurvive() {
    meet(set("10"), List.of(move(3)), List.of(set("100")), "103");
    meet(set("10"), List.of(move(3), set("7")), List.of(move(2)), "9");
    meet(move(10), List.of(move(3)), List.of(DELETE, move(1)), "4");
  }

  /** The increment's base is nobody's word: whichever of the two is stamped later, the SET stands beneath it. */
  @Test
  void anIncrementOfWhatWasAbsentStandsAboveAConcurrentSet() {
    meet(DELETE, List.of(move(1)), List.of(set("5000000")), "5000001");
    meet(DELETE, List.of(set("5000000")), List.of(move(1)), "5000001");
    meet(DELETE, List.of(set("5")), List.of(moveTo("0.5")), "5.5");
    meet(set("7"), List.of(set("8")), List.of(DELETE, move(2)), "10");
    meet(set("7"), List.of(set("8")), List.of(set("9"), move(2)), "11");
    meet(DELETE, List.of(set("5"), DELETE), List.of(move(1)), "1");
  }

  /** What is told as kept beside the value is what somebody wrote. */
  @Test
  void theBaseThatNobodyWroteIsNotToldAsLost() {
    assertEquals(0, lost(move(1), set("5000000")));
    assertEquals(0, lost(set("5000000"), move(1)));
    assertEquals(1, lost(set("4000000"), set("5000000")));
  }

  private int lost(Write left, Write right) {
    Actor a = actor(0xA);
    Actor b = actor(0xB);
    run(a, left);
    run(b, right);
    a.apply(b.sent);
    return a.run(head -> KeyVersions.lost(a.keyspace, head, 10).versions().size());
  }

  /** A deadline does not make a value of a base that was implied. */
  @Test
  void aDeadlineUnderAnIncrementOfWhatWasAbsentIsNoValue() {
    meet(DELETE, List.of(set("5000000")), List.of(move(1), EXPIRE), "5000001");
    meet(DELETE, List.of(set("5000000")), List.of(move(1), EXPIRE, move(2)), "5000003");
    meet(DELETE, List.of(move(1)), List.of(move(1), EXPIRE), "2");
  }

  /** What a removal and an increment in one command leave was said by that command. */
  @Test
  void whatOneCommandRemovedAndCountedAgainIsAValue() {
    Write again = (keyspace, head) -> {
      move(3).accept(keyspace, head);
      DELETE.accept(keyspace, head);
      move(4).accept(keyspace, head);
    };
    meet(DELETE, List.of(set("5000000")), List.of(again), "4");
  }

  @Test
  void aSumBeyond64BitsStaysAtTheBound() {
    String max = Long.toString(Long.MAX_VALUE);
    meet(set(Long.toString(Long.MAX_VALUE - 5)), List.of(move(4)), List.of(move(4)), max);
  }

  /** However far the sum of both sides went, the next increment goes on from what shows. */
  @Test
  void countsOnFromTheBound() {
    Actor a = actor(0xA);
    Actor b = actor(0xB);
    run(a, set(Long.toString(Long.MAX_VALUE - 5)));
    b.apply(a.sent);
    run(a, move(4));
    run(b, move(4));
    a.apply(b.sent);
    run(a, move(-7));
    assertEquals(Long.toString(Long.MAX_VALUE - 7), shown(a));
  }

  @Test
  void aBaseThatIsNoNumberOrAnAbsurdOneCountsAsZeroBesideIncrements() {
    for (String base : List.of("text", "1e999999999", "1e-999999999", "9".repeat(6000))) {
      meet(set("1"), List.of(move(3)), List.of(set(base)), "3");
    }
  }

  /**
   * Any history of sets and increments on both sides: all that knows everything shows the same, and increments are
   * neither lost nor doubled.
   */
  @Test
  void incrementsAloneAlwaysAddUp() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Actor a = actor(0xA);
      Actor b = actor(0xB);
      long sum = 0;
      int aSeen = 0;
      int bSeen = 0;
      for (int i = 0; i < 60; i++) {
        long by = random.nextInt(2001) - 1000;
        switch (random.nextInt(4)) {
          case 0 -> {
            b.apply(a.sent.subList(bSeen, a.sent.size()));
            bSeen = a.sent.size();
          }
          case 1 -> {
            a.apply(b.sent.subList(aSeen, b.sent.size()));
            aSeen = b.sent.size();
          }
          default -> {
            run(random.nextBoolean() ? a : b, move(by));
            sum += by;
          }
        }
      }
      b.apply(a.sent.subList(bSeen, a.sent.size()));
      a.apply(b.sent.subList(aSeen, b.sent.size()));
      String expected = a.sent.size() + b.sent.size() == 0 ? null : Long.toString(sum);
      assertEquals(expected, shown(a), "seed " + seed);
      assertEquals(expected, shown(b), "seed " + seed);
    }
  }
}
