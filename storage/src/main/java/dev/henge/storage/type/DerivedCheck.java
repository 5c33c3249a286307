package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Compares what a replica has derived from its rows with what a rebuild of it would give: counts of keys, of
 * deadlines, of bytes and of sub-rows, the index of deadlines, the order of scores, the ends of lists, and the ranks.
 * It reads every row of the vnode, so it is for tests and for a doubt.
 */
public final class DerivedCheck {

  private final Keyspace keyspace;
  private final int vnode;
  private final List<String> faults = new ArrayList<>();
  private final long[] keys;
  private final long[] deadlines;
  private final TreeMap<byte[], Long> indexed = new TreeMap<>(Arrays::compareUnsigned);

  private DerivedCheck(Keyspace keyspace, int vnode) {
    this.keyspace = keyspace;
    this.vnode = vnode;
    this.keys = new long[keyspace.dbs()];
    this.deadlines = new long[keyspace.dbs()];
  }

  /** What is not as a rebuild would have it; empty if all is. Not within a command. */
  public static List<String> faults(Keyspace keyspace, int vnode) {
    DerivedCheck check = new DerivedCheck(keyspace, vnode);
    check.run();
    return check.faults;
  }

  private void run() {
    byte[][] range = keyspace.rangeOf(vnode);
    Head head = null;
    TreeMap<Integer, Long> rows = new TreeMap<>();
    try (ByteCursor cursor = keyspace.scan(range[0], range[1])) {
      while (cursor.next()) {
        byte[] disk = cursor.key();
        if (KeyRef.isHead(disk)) {
          end(head, rows);
          head = new Head(KeyRef.ofDisk(disk), 0, cursor.value());
          rows.clear();
        } else if (head != null && head.key.equals(KeyRef.ofDisk(disk))) {
          int generationAt = head.key.disk().length;
          if (head.generation != 0 && DiskKeys.generationIn(disk, generationAt) == head.generation) {
            rows.merge(disk[generationAt + DiskKeys.GENERATION_BYTES] & 0xFF, 1L, Long::sum);
          }
        }
      }
    }
    end(head, rows);
    for (int db = 0; db < keys.length; db++) {
      compare("keys of database " + db, keys[db], keyspace.keyCount(vnode, db));
      compare("deadlines of database " + db, deadlines[db], keyspace.deadlineCount(vnode, db));
    }
    deadlines();
  }

  private void compare(String what, long rebuilt, long kept) {
    if (rebuilt != kept) {
      faults.add(what + ": " + kept + " are counted, " + rebuilt + " are there");
    }
  }

  private void end(Head head, TreeMap<Integer, Long> rows) {
    if (head == null) {
      return;
    }
    if (head.anyLive()) {
      keys[head.key.db()]++;
      if (head.deadlineMillis() != 0) {
        deadlines[head.key.db()]++;
        indexed.put(head.key.disk(), head.deadlineMillis());
      }
    }
    for (Part part : head.parts) {
      compare(head.key + " live rows of kind " + (char) part.kind, rows.getOrDefault(part.kind, 0L), part.live);
      compare(head.key + " dead rows of kind " + (char) part.kind,
          rows.getOrDefault(part.kind | DiskKeys.DEAD, 0L), part.dead);
      if (part.kind == ValueType.ZSET.kind()) {
        order(head, part);
      } else if (part.kind == ValueType.LIST.kind()) {
        list(head, part);
      }
    }
  }

  private void deadlines() {
    byte[] from = new Bytes(2).u16(Keyspace.LOCAL_PREFIX + vnode).copy();
    byte[] to = new Bytes(2).u16(Keyspace.LOCAL_PREFIX + vnode + 1).copy();
    try (ByteCursor cursor = keyspace.scan(from, to)) {
      while (cursor.next()) {
        byte[] row = cursor.key();
        if (row.length <= DeadlineIndex.KEY_BYTES || row[2] < 0) {
          continue; // the vnode's record, or what lies behind the deadlines
        }
        byte[] disk = Arrays.copyOfRange(row, DeadlineIndex.KEY_BYTES, row.length);
        Long deadline = indexed.remove(disk);
        long there = new ByteReader(row, 2, row.length - 2).i64();
        if (deadline == null || deadline != there) {
          faults.add("deadline " + there + " of " + KeyRef.ofDisk(disk) + " is indexed, the key has " + deadline);
        }
      }
    }
    indexed.forEach((disk, deadline) ->
        faults.add("deadline " + deadline + " of " + KeyRef.ofDisk(disk) + " is not indexed"));
  }

  // ---------------------------------------------------------------- lists

  /** A walk by what is known of ends and gaps shows all rows, and the ends are the ends. */
  private void list(Head head, Part part) {
    ListOrder list = (ListOrder) keyspace.cells.derived(part.kind);
    TreeMap<byte[], Integer> order = new TreeMap<>(Arrays::compareUnsigned);
    try (RowCursor rows = keyspace.cells.rows(head, part.kind, null, null, false)) {
      while (rows.next()) {
        order.put(rows.sub(), MemberHash.of(rows.sub()));
      }
    }
    List<byte[]> walked = new ArrayList<>();
    try (ListCursor rows = list.walk(keyspace, head, part, false)) {
      while (rows.next()) {
        walked.add(rows.position());
      }
    }
    if (!Arrays.deepEquals(order.keySet().toArray(), walked.toArray())) {
      faults.add(head.key + ": a walk shows " + walked.size() + " elements, or others, than the list's "
          + order.size());
    } else if (!order.isEmpty()
        && !(Arrays.equals(list.end(keyspace, head, part, false), order.firstKey())
            && Arrays.equals(list.end(keyspace, head, part, true), order.lastKey()))) {
      faults.add(head.key + ": the list's ends are not where its head says");
    }
    ranks(head, part, order);
  }

  // ---------------------------------------------------------------- sorted sets

  private void order(Head head, Part part) {
    TreeMap<byte[], Integer> order = new TreeMap<>(Arrays::compareUnsigned);
    try (RowCursor members = keyspace.cells.rows(head, part.kind, null, null, false)) {
      while (members.next()) {
        byte[] sub = members.sub();
        Row row = RowCodec.decode(new ByteReader(members.value()));
        order.put(Score.key(Score.shown(row), sub, MemberHash.BYTES, sub.length - MemberHash.BYTES), members.hash());
      }
    }
    TreeMap<byte[], Integer> kept = new TreeMap<>(Arrays::compareUnsigned);
    try (RowCursor scores = keyspace.cells.rows(head, ScoreOrder.KIND, null, null, false)) {
      while (scores.next()) {
        kept.put(scores.sub(), 0);
      }
    }
    if (!Arrays.deepEquals(order.keySet().toArray(), kept.keySet().toArray())) {
      faults.add(head.key + ": the order of scores has " + kept.size() + " members, or others, than the set's "
          + order.size());
    }
    ranks(head, part, order);
  }

  private void ranks(Head head, Part part, TreeMap<byte[], Integer> order) {
    RankedOrder ranked = (RankedOrder) keyspace.cells.derived(part.kind);
    if (ranked.levels(part) == 0) {
      return;
    }
    TreeMap<byte[], Long> rebuilt = RankIndex.rebuilt(order, ranked.levels(part));
    TreeMap<byte[], Long> kept = new TreeMap<>(Arrays::compareUnsigned);
    try (RowCursor rows = keyspace.cells.rows(head, ranked.rankKind(), null, null, false)) {
      while (rows.next()) {
        kept.put(rows.sub(), new ByteReader(rows.value()).varint());
      }
    }
    boolean same = Arrays.deepEquals(rebuilt.keySet().toArray(), kept.keySet().toArray())
        && List.copyOf(rebuilt.values()).equals(List.copyOf(kept.values()));
    if (!same) {
      faults.add(head.key + ": the ranks have " + kept.size() + " rows, or others, than a rebuild's "
          + rebuilt.size());
    }
  }
}
