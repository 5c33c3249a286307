package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One replica with one sorted set, run without a network: what it writes comes out as bundles that other replicas
 * apply.
 */
final class SortedSetBench {

  record Bundle(long actor, long seq, byte[] body) {}

  private static final byte[] KEY = "board".getBytes(StandardCharsets.ISO_8859_1);

  final ByteStore store;
  final Keyspace keyspace;
  private final long actor;
  private final long[] stamps;
  private long seq;
  final List<Bundle> bundles = new ArrayList<>();

  /** @param stamps shared by all replicas: one element, the last stamp given */
  SortedSetBench(ByteStore store, long actor, long[] stamps) {
    this.store = store;
    this.actor = actor;
    this.stamps = stamps;
    KeyLocator locator = (db, buffer, offset, length) -> KeyRef.of(db, 3, 77, buffer, offset, length);
    keyspace = new Keyspace(store, locator, 16, 1024, 1, () -> 1_000_000L);
  }

  Head head() {
    return keyspace.open(keyspace.locate(0, KEY, 0, KEY.length));
  }

  /** Runs a command. */
  <T> T call(Function<SortedSetValue, T> command) {
    keyspace.begin(actor, seq + 1, () -> ++stamps[0]);
    T result = command.apply(new SortedSetValue(keyspace, head()));
    if (keyspace.finish()) {
      bundles.add(new Bundle(actor, ++seq, keyspace.body().copy()));
    }
    return result;
  }

  void run(Consumer<SortedSetValue> command) {
    call(set -> {
      command.accept(set);
      return null;
    });
  }

  void put(String member, double score) {
    run(set -> set.member(bytes(member)).put(score));
  }

  /** As ZINCRBY does it. */
  void increment(String member, double delta) {
    run(set -> {
      SortedSetValue.Member m = set.member(bytes(member));
      double before = m.score();
      m.incrementTo(Double.isNaN(before) ? delta : before + delta);
    });
  }

  double score(String member) {
    return call(set -> set.score(bytes(member)));
  }

  void delete() {
    run(set -> keyspace.delete(head()));
  }

  void apply(Bundle bundle) {
    keyspace.apply(bundle.actor, bundle.seq, new ByteReader(bundle.body));
  }

  /** All members in order, as {@code member=score}. */
  List<String> members() {
    return call(set -> collect(v -> set.byRank(0, set.size(), false, v)));
  }

  static List<String> collect(Consumer<MemberVisitor> walk) {
    List<String> seen = new ArrayList<>();
    walk.accept((bytes, offset, length, score) -> {
      seen.add(new String(bytes, offset, length, StandardCharsets.ISO_8859_1) + "=" + score);
      return true;
    });
    return seen;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** All records, without what a replica may have alone: rank rows, and in the head whether they are there. */
  Map<String, String> records() {
    Map<String, String> records = new TreeMap<>();
    try (ByteCursor cursor = store.scan(null, null, false)) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        byte[] value = cursor.value();
        if (KeyRef.isHead(key)) {
          Head head = new Head(KeyRef.ofDisk(key), 0, value);
          head.parts.forEach(part -> part.derived = new byte[0]);
          Bytes plain = new Bytes(64);
          head.encode(plain);
          records.put(Arrays.toString(key), Arrays.toString(plain.copy()));
        } else if (kind(key) != ScoreOrder.RANK_KIND) {
          records.put(Arrays.toString(key), Arrays.toString(value));
        }
      }
    }
    return records;
  }

  /**
   * The score order, and with {@code rows} the live rows too, without generations, which a replica gives by itself.
   */
  Map<String, String> content(boolean rows) {
    Map<String, String> content = new TreeMap<>();
    Head head = head();
    for (int kind : rows ? new int[] {ScoreOrder.KIND, ValueType.ZSET.kind()} : new int[] {ScoreOrder.KIND}) {
      try (RowCursor cursor = keyspace.cells.rows(head, kind, null, null, false)) {
        while (cursor.next()) {
          content.put((char) kind + Arrays.toString(cursor.sub()), Arrays.toString(cursor.value()));
        }
      }
    }
    return content;
  }

  private static final int GENERATION_BYTES = 6;

  private static int kind(byte[] record) {
    return record[kindAt(record)];
  }

  private static int kindAt(byte[] record) {
    ByteReader in = new ByteReader(record);
    in.skip(KeyRef.KEY_LENGTH_AT);
    in.skip(in.length());
    return in.position() + 1 + GENERATION_BYTES;
  }

  /** The rank rows of the set, as {@code level:key=count}. */
  Map<String, Long> rankRows() {
    Map<String, Long> rows = new TreeMap<>();
    Head head = head();
    try (RowCursor cursor = keyspace.cells.rows(head, ScoreOrder.RANK_KIND, null, null, false)) {
      while (cursor.next()) {
        rows.put(Arrays.toString(cursor.sub()), new ByteReader(cursor.value()).varint());
      }
    }
    return rows;
  }

  Part part() {
    return head().part(ValueType.ZSET.kind());
  }

  boolean ranked() {
    Part part = part();
    return part != null && part.derived.length > 0;
  }

  /** Builds the rank rows anew, with as many levels as they have. */
  void rebuildRanks() {
    run(set -> {
      Head head = head();
      Part part = head.part(ValueType.ZSET.kind());
      new RankIndex(new ScoreOrder(), keyspace, head, part, null).build(part.derived[0]);
    });
  }
}
