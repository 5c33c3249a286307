package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/** One replica that writes under its own name, for tests: commands on one key, and the bundles they made. */
final class Actor {

  private static final KeyLocator LOCATOR =
      (db, buffer, offset, length) -> {
        int hash = Arrays.hashCode(Arrays.copyOfRange(buffer, offset, offset + length));
        return KeyRef.of(db, 7, hash, buffer, offset, length);
      };
  private static final byte[] KEY = bytes("key");

  record Sent(long actor, long seq, byte[] body) {}

  private final long name;
  private final Clock clock;
  final Keyspace keyspace;
  final List<Sent> sent = new ArrayList<>();
  private long seq = 1;

  /** The stamps and the time that actors share. */
  static final class Clock {
    long stamp = 1;
    long millis = 1_800_000_000_000L;
  }

  Actor(long name, Clock clock, ByteStore store) {
    this.name = name;
    this.clock = clock;
    this.keyspace = new Keyspace(store, LOCATOR, 16, 1024, 1, () -> clock.millis);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Runs a command on the key's head. */
  <R> R run(Function<Head, R> command) {
    keyspace.begin(name, seq, () -> clock.stamp++);
    R result = command.apply(keyspace.open(keyspace.locate(0, KEY, 0, KEY.length)));
    if (keyspace.finish()) {
      sent.add(new Sent(name, seq++, keyspace.body().copy()));
    }
    return result;
  }

  <R> R hash(Function<HashValue, R> command) {
    return run(head -> command.apply(new HashValue(keyspace, head)));
  }

  <R> R set(Function<SetValue, R> command) {
    return run(head -> command.apply(new SetValue(keyspace, head)));
  }

  <R> R list(Function<ListValue, R> command) {
    return run(head -> command.apply(new ListValue(keyspace, head)));
  }

  void lists(Consumer<ListValue> command) {
    list(list -> {
      command.accept(list);
      return null;
    });
  }

  void sets(Consumer<SetValue> command) {
    set(set -> {
      command.accept(set);
      return null;
    });
  }

  void hashes(Consumer<HashValue> command) {
    hash(hash -> {
      command.accept(hash);
      return null;
    });
  }

  void apply(List<Sent> bundles) {
    bundles.forEach(b -> keyspace.apply(b.actor(), b.seq(), new ByteReader(b.body())));
  }

  /** All members; checks that the count agrees. */
  TreeSet<String> members() {
    return set(set -> {
      TreeSet<String> members = new TreeSet<>();
      set.forEach(member -> members.add(text(member)));
      if (members.size() != set.size()) {
        throw new AssertionError("counts " + set.size() + ", has " + members);
      }
      return members;
    });
  }

  /** All fields; checks that the count agrees. */
  Map<String, String> fields() {
    return hash(hash -> {
      Map<String, String> fields = new TreeMap<>();
      hash.forEach((field, value) -> {
        fields.put(text(field), text(value));
        return true;
      });
      if (fields.size() != hash.size()) {
        throw new AssertionError("counts " + hash.size() + ", has " + fields);
      }
      return fields;
    });
  }

  /** All elements, in order; checks that the count, the ends and the way back agree. */
  List<String> elements() {
    return list(list -> {
      List<String> elements = new ArrayList<>();
      list.walk(false, (index, element) -> elements.add(text(element)));
      List<String> back = new ArrayList<>();
      list.walk(true, (index, element) -> back.add(text(element)));
      Collections.reverse(back);
      String first = list.size() == 0 ? null : text(list.peek(false));
      String last = list.size() == 0 ? null : text(list.peek(true));
      boolean endsAgree = elements.isEmpty()
          || elements.get(0).equals(first) && elements.get(elements.size() - 1).equals(last);
      if (elements.size() != list.size() || !elements.equals(back) || !endsAgree) {
        throw new AssertionError("counts " + list.size() + " from " + first + " to " + last + ", has " + elements
            + ", backwards " + back);
      }
      return elements;
    });
  }

  /** The shipped rows of the list, live and dead, without generations, which a replica gives by itself. */
  Map<String, String> listRows() {
    Map<String, String> rows = new TreeMap<>();
    run(head -> {
      for (int area : new int[] {ValueType.LIST.kind(), ValueType.LIST.kind() | DiskKeys.DEAD}) {
        try (RowCursor cursor = keyspace.cells.rows(head, area, null, null, false)) {
          while (cursor.next()) {
            rows.put(area + Arrays.toString(cursor.sub()), Arrays.toString(cursor.value()));
          }
        }
      }
      return null;
    });
    return rows;
  }
}
