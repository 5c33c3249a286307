package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.storage.lsm.MemoryByteStore;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What two replicas that wrote without each other show when they meet, in either order. */
class CollectionMergeTest {

  private static final int SEEDS = 300;

  private final Actor.Clock clock = new Actor.Clock();
  private final Actor a = new Actor(0xA, clock, new MemoryByteStore());
  private final Actor b = new Actor(0xB, clock, new MemoryByteStore());

  /**
   * Both begin with what {@code before} did, then each writes alone, then they meet; two more who heard of both in
   * either order.
   */
  private <S> void meet(
      Consumer<Actor> before, Consumer<Actor> left, Consumer<Actor> right, Function<Actor, S> shown, S expected) {
    before.accept(a);
    int common = a.sent.size();
    b.apply(a.sent);
    left.accept(a);
    right.accept(b);
    List<Actor.Sent> ofA = a.sent.subList(common, a.sent.size());
    Actor c = new Actor(0xC, clock, new MemoryByteStore());
    c.apply(a.sent);
    c.apply(b.sent);
    Actor d = new Actor(0xD, clock, new MemoryByteStore());
    d.apply(a.sent.subList(0, common));
    d.apply(b.sent);
    d.apply(ofA);
    a.apply(b.sent);
    b.apply(ofA);
    for (Actor each : List.of(a, b, c, d)) {
      assertEquals(expected, shown.apply(each));
    }
  }

  @Test
  void addWinsOverConcurrentRemove() {
    meet(
        x -> x.sets(s -> s.add(bytes("kept"))),
        x -> x.sets(s -> s.remove(bytes("kept"))),
        x -> {
          x.sets(s -> s.remove(bytes("kept")));
          x.sets(s -> s.add(bytes("kept")));
        },
        Actor::members, Set.of("kept"));
  }

  @Test
  void anAddOfWhatIsThereWinsOverConcurrentRemoveToo() {
    meet(
        x -> x.sets(s -> s.add(bytes("kept"))),
        x -> x.sets(s -> s.remove(bytes("kept"))),
        x -> x.sets(s -> {
          s.add(bytes("kept"));
          s.add(bytes("kept"));
        }),
        Actor::members, Set.of("kept"));
  }

  @Test
  void membersUniteAndSeenRemovesStay() {
    meet(
        x -> x.sets(s -> List.of("x", "y", "z").forEach(m -> s.add(bytes(m)))),
        x -> x.sets(s -> {
          s.add(bytes("left"));
          s.remove(bytes("x"));
        }),
        x -> x.sets(s -> {
          s.add(bytes("right"));
          s.remove(bytes("y"));
          s.remove(bytes("x"));
        }),
        Actor::members, Set.of("left", "right", "z"));
  }

  @Test
  void addSurvivesEmptyingThatHadNotSeenIt() {
    meet(
        x -> x.sets(s -> s.add(bytes("old"))),
        x -> x.sets(s -> s.remove(bytes("old"))),
        x -> x.sets(s -> s.add(bytes("new"))),
        Actor::members, Set.of("new"));
  }

  @Test
  void fieldsUniteAndNewerValueShows() {
    meet(
        x -> x.hashes(h -> h.set(bytes("f"), bytes("old"))),
        x -> x.hashes(h -> {
          h.set(bytes("f"), bytes("first"));
          h.set(bytes("left"), bytes("1"));
        }),
        x -> x.hashes(h -> {
          h.set(bytes("f"), bytes("second"));
          h.set(bytes("right"), bytes("2"));
        }),
        Actor::fields, Map.of("f", "second", "left", "1", "right", "2"));
  }

  @Test
  void setOfFieldWinsOverConcurrentRemove() {
    meet(
        x -> x.hashes(h -> h.set(bytes("f"), bytes("old"))),
        x -> x.hashes(h -> h.set(bytes("f"), bytes("new"))),
        x -> x.hashes(h -> h.remove(bytes("f"))),
        Actor::fields, Map.of("f", "new"));
  }

  private static void move(Actor x, String field, String by) {
    x.hashes(h -> {
      byte[] old = h.get(bytes(field));
      BigDecimal from = old == null ? BigDecimal.ZERO : new BigDecimal(Actor.text(old));
      h.moveTo(bytes(field), from.add(new BigDecimal(by)));
    });
  }

  @Test
  void incrementsAddUp() {
    meet(
        x -> x.hashes(h -> h.set(bytes("n"), bytes("100"))),
        x -> {
          move(x, "n", "5");
          move(x, "n", "5");
          move(x, "fresh", "0.25");
        },
        x -> {
          move(x, "n", "-3");
          move(x, "fresh", "0.5");
        },
        Actor::fields, Map.of("n", "107", "fresh", "0.75"));
  }

  /** The increment's base is nobody's word: whichever is stamped later, the value that was set stands beneath it. */
  @Test
  void anIncrementOfANewFieldStandsAboveAConcurrentSet() {
    meet(
        x -> x.hashes(h -> h.set(bytes("other"), bytes("1"))),
        x -> {
          x.hashes(h -> h.set(bytes("set first"), bytes("100")));
          move(x, "counted first", "0.5");
        },
        x -> {
          move(x, "set first", "2");
          x.hashes(h -> h.set(bytes("counted first"), bytes("7")));
        },
        Actor::fields, Map.of("other", "1", "set first", "102", "counted first", "7.5"));
  }

  /** Though its base loses to every value, an increment is as new as it is where types clash. */
  @Test
  void aCounterThatIsTheNewerTypeShows() {
    meet(
        x -> x.sets(s -> s.add(bytes("before"))),
        x -> x.sets(s -> s.add(bytes("member"))),
        x -> {
          x.run(head -> x.keyspace.delete(head));
          move(x, "n", "1");
        },
        Actor::fields, Map.of("n", "1"));
  }

  /** Two clocks may give one stamp: the owners show one type all the same, whichever they heard of first. */
  @Test
  void typesOfOneStampShowAlikeEverywhere() {
    meet(
        x -> {},
        x -> x.sets(s -> s.add(bytes("member"))),
        x -> {
          clock.stamp--;
          x.hashes(h -> h.set(bytes("f"), bytes("v")));
        },
        x -> x.run(Head::type), ValueType.SET);
  }

  /**
   * The first of the two increments takes the sum to the top: what shows stays within 64 bits, and so does what
   * follows.
   */
  @Test
  void sumsBeyondSixtyFourBitsShowTheBound() {
    String max = Long.toString(Long.MAX_VALUE);
    meet(
        x -> x.hashes(h -> h.set(bytes("n"), bytes("9223372036854775800"))),
        x -> move(x, "n", "7"),
        x -> move(x, "n", "7"),
        Actor::fields, Map.of("n", max));
    move(a, "n", "-1");
    assertEquals(Map.of("n", "9223372036854775806"), a.fields());
  }

  /** Whatever two replicas did alone, round after round: when they have met they show the same. */
  @Test
  void randomHistoriesConverge() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Actor left = new Actor(0xA, clock, new MemoryByteStore());
      Actor right = new Actor(0xB, clock, new MemoryByteStore());
      boolean sets = random.nextBoolean();
      int leftSent = 0;
      int rightSent = 0;
      for (int round = 0; round < 6; round++) {
        for (int i = random.nextInt(8); i > 0; i--) {
          write(random.nextBoolean() ? left : right, sets, random);
        }
        List<Actor.Sent> ofLeft = List.copyOf(left.sent.subList(leftSent, left.sent.size()));
        List<Actor.Sent> ofRight = List.copyOf(right.sent.subList(rightSent, right.sent.size()));
        leftSent = left.sent.size();
        rightSent = right.sent.size();
        left.apply(ofRight);
        right.apply(ofLeft);
        String where = "seed " + seed + " round " + round;
        assertEquals(left.members(), right.members(), where);
        assertEquals(left.fields(), right.fields(), where);
      }
    }
  }

  private static void write(Actor actor, boolean sets, Random random) {
    byte[] name = bytes("m" + random.nextInt(5));
    int dice = random.nextInt(20);
    if (dice == 0) {
      actor.run(head -> actor.keyspace.delete(head));
    } else if (dice == 1) {
      actor.run(head -> {
        if (head.exists()) {
          actor.keyspace.setDeadline(head, actor.keyspace.nowMillis() + random.nextInt(3));
        }
        return null;
      });
    } else if (sets) {
      actor.sets(s -> {
        if (dice < 12) {
          s.add(name);
        } else {
          s.remove(name);
        }
      });
    } else if (dice < 8) {
      actor.hashes(h -> h.set(name, bytes(Integer.toString(random.nextInt(9)))));
    } else if (dice < 12) {
      actor.hashes(h -> h.remove(name));
    } else {
      move(actor, Actor.text(name), Integer.toString(random.nextInt(9) - 4));
    }
  }
}
