package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.Bytes;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/**
 * One command that writes and deletes the same key over and over must end as that many commands do, here and on a
 * replica: all it writes
 * carries one dot, so its deletes must not take its later writes with them.
 */
class OneCommandTest {

  private static final int SEEDS = 2_000;

  private final Actor.Clock clock = new Actor.Clock();

  /** A change of a key; those of another type than the key's are left out, as commands do. */
  private record Change(String name, ValueType type, BiConsumer<Keyspace, Head> write) {

    @Override
    public String toString() {
      return name;
    }

    void make(Keyspace keyspace, Head head) {
      ValueType shown = head.type();
      if (type == ValueType.NONE || shown == ValueType.NONE || shown == type) {
        write.accept(keyspace, head);
      }
    }
  }

  private Change random(Random random) {
    byte[] member = bytes("m" + random.nextInt(4));
    byte[] value = bytes(Integer.toString(random.nextInt(100)));
    BigDecimal target = BigDecimal.valueOf(random.nextInt(100));
    long deadline = random.nextBoolean() ? 0 : clock.millis + 1 + random.nextInt(1000);
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> new Change("delete", ValueType.NONE, Keyspace::delete);
      case 3 -> new Change("set", ValueType.NONE, (k, h) -> new StringValue(k, h).set(value, deadline));
      case 4, 5 -> new Change("moveTo", ValueType.STRING, (k, h) -> new StringValue(k, h).moveTo(target));
      case 6 -> new Change("hset", ValueType.HASH, (k, h) -> new HashValue(k, h).set(member, value));
      case 7 -> new Change("hmove", ValueType.HASH, (k, h) -> new HashValue(k, h).moveTo(member, target));
      case 8 -> new Change("hdel", ValueType.HASH, (k, h) -> new HashValue(k, h).remove(member));
      case 9 -> new Change("sadd", ValueType.SET, (k, h) -> new SetValue(k, h).add(member));
      case 10 -> new Change("srem", ValueType.SET, (k, h) -> new SetValue(k, h).remove(member));
      case 11 -> new Change("zadd", ValueType.ZSET, (k, h) ->
          new SortedSetValue(k, h).member(member).put(target.doubleValue()));
      case 12 -> new Change("zincr", ValueType.ZSET, (k, h) ->
          new SortedSetValue(k, h).member(member).incrementTo(target.doubleValue()));
      default -> new Change("deadline", ValueType.NONE, (k, h) -> {
        if (h.exists()) {
          k.setDeadline(h, deadline);
        }
      });
    };
  }

  @Test
  void endsAsManyCommandsDo() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Actor one = new Actor(0xA, clock, new MemoryByteStore());
      Actor many = new Actor(0xB, clock, new MemoryByteStore());
      Actor replica = new Actor(0xC, clock, new MemoryByteStore());
      for (int command = 0; command < 6; command++) {
        List<Change> changes = new ArrayList<>();
        for (int i = random.nextInt(8); i >= 0; i--) {
          changes.add(random(random));
        }
        String where = "seed " + seed + " command " + command + " " + changes;
        int before = one.sent.size();
        one.run(head -> {
          changes.forEach(change -> change.make(one.keyspace, head));
          return null;
        });
        changes.forEach(change -> many.run(head -> {
          change.make(many.keyspace, head);
          return null;
        }));
        replica.apply(one.sent.subList(before, one.sent.size()));
        assertArrayEquals(dump(many), dump(one), where);
        assertArrayEquals(dump(one), dump(replica), where);
        assertArrayEquals(rows(one), rows(replica), where);
      }
    }
  }

  /**
   * Deleting what one has just counted must not leave increments that come back when somebody else counts at the same
   * time.
   */
  @Test
  void deletedCountsStayDeleted() {
    for (boolean field : new boolean[] {false, true}) {
      Actor a = new Actor(0xA, clock, new MemoryByteStore());
      Actor b = new Actor(0xB, clock, new MemoryByteStore());
      a.run(head -> count(a, head, field, 10));
      b.apply(a.sent);
      a.run(head -> {
        count(a, head, field, 15);
        a.keyspace.delete(head);
        return count(a, head, field, 1);
      });
      b.apply(a.sent.subList(1, 2));
      b.run(head -> count(b, head, field, 3));
      a.apply(b.sent);
      for (Actor each : List.of(a, b)) {
        assertEquals("3", each.run(head -> Actor.text(field
            ? new HashValue(each.keyspace, head).get(bytes("f"))
            : new StringValue(each.keyspace, head).get())));
      }
    }
  }

  private static Object count(Actor actor, Head head, boolean field, long target) {
    if (field) {
      new HashValue(actor.keyspace, head).moveTo(bytes("f"), BigDecimal.valueOf(target));
    } else {
      new StringValue(actor.keyspace, head).moveTo(BigDecimal.valueOf(target));
    }
    return null;
  }

  private static byte[] dump(Actor actor) {
    return actor.run(head -> KeyDump.of(actor.keyspace, head));
  }

  /** The shipped rows; what is local to a disk, such as generations, may differ. */
  private static byte[] rows(Actor actor) {
    Bytes out = new Bytes(256);
    assertEquals(0, actor.keyspace.export(0, new byte[0], 1 << 20, out).length);
    return out.copy();
  }
}
