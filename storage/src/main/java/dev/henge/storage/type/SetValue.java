package dev.henge.storage.type;

import dev.henge.storage.row.Sibling;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A set: one row a member, without payload. A view of an open head, for one command.
 *
 * <p>Members unite when replicas meet, and an add that a remove had not seen survives it: also one of a member that
 * was there, so it is written again.
 */
public final class SetValue {

  private static final int KIND = ValueType.SET.kind();

  private final Keyspace keyspace;
  private final Members members;

  public SetValue(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.members = new Members(keyspace, head, ValueType.SET);
  }

  /** How many members; 0 if the key does not show as a set. Costs nothing. */
  public long size() {
    return members.size();
  }

  public boolean contains(byte[] member) {
    return members.live(member) != null;
  }

  /** Returns false if it was a member already. */
  public boolean add(byte[] member) {
    Cell cell = members.cell(member);
    if (cell.live()) {
      keyspace.cells.renew(cell, KIND, Sibling.NOTHING);
      return false;
    }
    keyspace.cells.put(cell, KIND, Sibling.NOTHING);
    return true;
  }

  /** The same of a member that stands among other bytes. */
  public boolean add(byte[] buffer, int at, int length) {
    PlainMembers.Put put = members.put(buffer, at, length, Sibling.NOTHING, 0, 0, true);
    return put == PlainMembers.Put.REFUSED
        ? add(Arrays.copyOfRange(buffer, at, at + length)) : put == PlainMembers.Put.ADDED;
  }

  /** Returns false if it was no member. */
  public boolean remove(byte[] member) {
    return members.remove(member);
  }

  /** Walks all members, in no order that means anything, while the visitor returns true. */
  public void forEach(Predicate<byte[]> visitor) {
    members.walk(at -> visitor.test(Members.member(at)));
  }

  /**
   * Visits about {@code count} members from {@code cursor} on (0 to begin).
   *
   * @return the cursor of the next page, unsigned; 0 if this was the last
   */
  public long page(long cursor, long count, Predicate<byte[]> visitor) {
    return members.page(cursor, count, at -> visitor.test(Members.member(at)));
  }

  /** One member by chance, or null if there is none. */
  public byte[] pick(RandomGenerator random) {
    return size() == 0 ? null : members.pick(random);
  }

  /** {@code count} different members by chance, or all. */
  public List<byte[]> distinct(long count, RandomGenerator random) {
    return members.distinct(count, random);
  }

  /** {@code count} members by chance, each drawn from all; none from an empty set. */
  public List<byte[]> repeated(int count, RandomGenerator random) {
    return members.repeated(count, random);
  }
}
