package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.ChunkRoot;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What is kept of one key beside what it shows, for people: who wrote what when, and what lost to it. */
public final class KeyVersions {

  /** So many of a collection's rows are looked at, at most. */
  static final int ROWS_LOOKED_AT_MAX = 10_000;

  /** Whole scores below are written without a point. */
  private static final double WHOLE_MAX = 1e17;

  private KeyVersions() {}

  /**
   * One value that some write left in a row.
   *
   * @param member the field or member, or null of a string; of a large string's chunk the offset where it begins
   * @param value what was written; null of a removal, and of a member that has no value
   * @param shows whether readers see it
   */
  public record Version(ValueType type, byte[] member, byte[] value, Sibling written, boolean shows) {}

  /** @param complete whether all rows of the key were looked at */
  public record Found(List<Version> versions, boolean complete) {}

  /**
   * What concurrent writes lost and is kept: values and removals that another was preferred to, and all of a type
   * that another hides.
   */
  public static Found lost(Keyspace keyspace, Head head, int countMax) {
    List<Version> lost = new ArrayList<>();
    ValueType shown = head.type();
    add(lost, strings(head, root -> new Chunks(keyspace, head).read(root, 0, root.length())), countMax);
    ChunkRoot large = shown == ValueType.STRING ? Chunks.root(head) : null;
    int looked = 0;
    for (Part part : head.parts) {
      boolean chunks = part.kind == Chunks.KIND;
      if (chunks && large == null) {
        continue;
      }
      ValueType type = chunks ? ValueType.STRING : ValueType.ofKind(part.kind);
      byte[] prefix = DiskKeys.areaPrefix(head, part.kind);
      try (ByteCursor cursor = keyspace.scan(prefix, DiskKeys.after(prefix))) {
        while (cursor.next()) {
          if (++looked > ROWS_LOOKED_AT_MAX || lost.size() >= countMax) {
            return new Found(lost, false);
          }
          Row row = RowCodec.decode(new ByteReader(cursor.value()));
          if (row.siblings().size() > 1 || type != shown) {
            byte[] member = chunks ? Chunks.offset(large, cursor.key(), prefix.length) : member(type, cursor.key(), prefix.length);
            if (member != null) {
              add(lost, versions(type, member, row, shown), countMax);
            }
          }
        }
      }
    }
    return new Found(lost, true);
  }

  private static void add(List<Version> to, List<Version> versions, int countMax) {
    for (Version version : versions) {
      if (!version.shows() && to.size() < countMax) {
        to.add(version);
      }
    }
  }

  /** The versions of the string row, the winner first; none if there is no such row. Of large ones the lengths. */
  public static List<Version> string(Head head) {
    return strings(head, root -> (root.length() + " bytes in chunks").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Versions of large strings that have the chunks of the winner are the winner: what lost there are single chunks. */
  private static List<Version> strings(Head head, Function<ChunkRoot, byte[]> large) {
    List<Version> versions = new ArrayList<>();
    ChunkRoot winner = null;
    for (Version v : versions(ValueType.STRING, null, head.string(), head.type())) {
      ChunkRoot root = v.written.root();
      if (root == null) {
        versions.add(v);
      } else if (winner == null || !winner.sameChunks(root)) {
        versions.add(new Version(v.type, null, large.apply(root), v.written, v.shows));
      }
      winner = winner == null ? root : winner;
    }
    return versions;
  }

  private static List<Version> versions(ValueType type, byte[] member, Row row, ValueType shown) {
    List<Version> versions = new ArrayList<>();
    List<Sibling> siblings = row == null ? List.of() : row.siblings();
    for (int i = 0; i < siblings.size(); i++) {
      Sibling s = siblings.get(i);
      byte[] value = s.tombstone() || type == ValueType.SET ? null : value(type, s);
      boolean shows = i == 0 && type == shown && !s.tombstone();
      boolean nobodys = i > 0 && s.implied(); // nothing is lost with it
      if (shows || row.live() && !nobodys) {
        versions.add(new Version(type, member, value, s, shows));
      }
    }
    return versions;
  }

  private static byte[] value(ValueType type, Sibling s) {
    if (type != ValueType.ZSET) {
      return s.payload();
    }
    double score = Score.ofPayload(s.payload(), 0);
    boolean whole = score == Math.rint(score) && Math.abs(score) < WHOLE_MAX;
    return (whole ? Long.toString((long) score) : Double.toString(score)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] member(ValueType type, byte[] disk, int subAt) {
    boolean hashed = type == ValueType.HASH || type == ValueType.SET || type == ValueType.ZSET;
    return Arrays.copyOfRange(disk, hashed ? subAt + MemberHash.BYTES : subAt, disk.length);
  }

  /**
   * How many of a collection's rows stand and how many are removals that are kept.
   *
   * @param newestStamp of its newest write
   */
  public record Kind(ValueType type, long live, long dead, long newestStamp) {}

  public static List<Kind> kinds(Head head) {
    return head.parts.stream().filter(p -> p.kind != Chunks.KIND).map(p -> new Kind(ValueType.ofKind(p.kind), p.live, p.dead, p.newestStamp)).toList();
  }

  /** Whether increments stand above the string's base. */
  public static boolean counts(Head head) {
    return head.string() != null && head.string().counts();
  }

  /** The writes of the key that a DEL, or an emptied collection, has put to rest. */
  public static VersionVector cleared(Head head) {
    return head.clear;
  }
}
