package dev.henge.storage.type;

import dev.henge.storage.row.RowCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A list: one shipped row an element, kind 'L', {@link ListPosition} → the element; a view of an open head, for one
 * command.
 *
 * <p>A push makes a row beyond all that its executor sees at that end; a pop, LREM, LTRIM puts a tombstone; LSET is a
 * new value of the same row, and so survives a concurrent pop. When two sides meet, every push of both shows, by
 * time, and what one of them had popped stays popped. The ends and the ranks are derived: see {@link ListOrder}.
 */
public final class ListValue {

  /** Up to so many elements are walked to find one, rather than asking ranks; a list no larger never has any. */
  static final int WALK_ROWS_MAX = 128;

  private static final int KIND = ValueType.LIST.kind();

  private final Keyspace keyspace;
  private final Head head;
  private final ListOrder order;

  public ListValue(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.head = head;
    this.order = (ListOrder) keyspace.cells.derived(KIND);
  }

  static void register(Keyspace keyspace) {
    keyspace.cells.derive(KIND, new ListOrder());
  }

  /** Whether the key shows as a list. */
  public boolean exists() {
    return head.type() == ValueType.LIST;
  }

  /** The number of elements; 0 if the key does not show as a list. */
  public long size() {
    return exists() ? part().live : 0;
  }

  private Part part() {
    return head.part(KIND);
  }

  // ---------------------------------------------------------------- the ends

  /** Puts an element before the first one, or behind the last one. */
  public void push(boolean last, byte[] element) {
    keyspace.touch(head);
    Part part = part();
    byte[] end = part == null || part.live == 0 ? null : order.end(keyspace, head, part, last);
    ListPosition.Maker maker = keyspace.bundle.maker();
    make(last ? ListPosition.atRight(ListPosition.ROOT, end, maker) : ListPosition.atLeft(end, maker), element);
  }

  /** A position is nobody else's: there is no row to look for. */
  private void make(byte[] position, byte[] element) {
    if (keyspace.cells.mayWritePlain()) {
      keyspace.cells.putNew(head, KIND, position, element);
      order.moved(keyspace, head, part(), position, true);
    } else {
      keyspace.cells.put(new Cell(head, null, position, null, null), KIND, element);
    }
  }

  /** The element at an end, or null if there is none. */
  public byte[] peek(boolean last) {
    Element end = end(last);
    return end == null ? null : end.bytes();
  }

  /** An element and where it stands. */
  public record Element(byte[] position, byte[] bytes) {}

  /** The same with its position, by which {@link #take} knows it again. */
  public Element end(boolean last) {
    if (!exists()) {
      return null;
    }
    Cell cell = order.endCell(keyspace, head, part(), last);
    return new Element(cell.sub, cell.payload());
  }

  /** Removes the very element, if it still stands there and was not set anew. Returns whether it did. */
  public boolean take(Element element) {
    keyspace.touch(head);
    if (!exists()) {
      return false;
    }
    Cell cell = keyspace.cells.cell(head, KIND, element.position());
    boolean there = cell.live() && Arrays.equals(cell.payload(), element.bytes());
    if (there) {
      keyspace.cells.remove(cell);
    }
    return there;
  }

  /** Removes the element at an end. Returns it, or null if there is none. */
  public byte[] pop(boolean last) {
    byte[][] element = {null};
    pop(last, (array, offset, length) -> element[0] = Arrays.copyOfRange(array, offset, offset + length));
    return element[0];
  }

  /** Removes the element at an end and shows it where it stands: valid for the call. Returns whether there is one. */
  public boolean pop(boolean last, StringValue.BytesSink sink) {
    keyspace.touch(head);
    if (!exists()) {
      return false;
    }
    Part part = part();
    byte[] position = order.end(keyspace, head, part, last);
    byte[] stored = order.stored(part, position, last);
    byte[] key = stored == null ? null : ListEnds.of(part).ahead(last).key();
    if (stored != null && keyspace.cells.removePlain(head, KIND, position, key, stored)) {
      order.moved(keyspace, head, part, position, false);
      int at = RowCodec.plainPayloadAt(stored, 0);
      sink.accept(stored, at, stored.length - at);
      return true;
    }
    Cell cell = order.cell(keyspace, head, position, stored);
    byte[] element = cell.payload();
    keyspace.cells.remove(cell);
    sink.accept(element, 0, element.length);
    return true;
  }

  /** Removes up to {@code count} elements from an end and shows them, the outermost first. Returns how many. */
  public long pop(boolean last, long count, Consumer<byte[]> visitor) {
    keyspace.touch(head);
    long size = size();
    if (count >= size) {
      walk(last, 0, size, visitor);
      drop(size);
      return size;
    }
    return shorten(last, count, visitor);
  }

  private void drop(long size) {
    if (size > 0) {
      keyspace.clear(head);
    }
  }

  private long shorten(boolean last, long count, Consumer<byte[]> visitor) {
    if (count <= 0) {
      return 0;
    }
    Part part = part();
    byte[] position = null;
    try (ListCursor rows = order.walk(keyspace, head, part, last)) {
      for (long i = 0; i < count && rows.next(); i++) {
        position = rows.position();
        visitor.accept(rows.element());
        keyspace.cells.remove(rows.cell());
      }
    }
    order.emptied(part, position, last);
    return count;
  }

  // ---------------------------------------------------------------- by index

  /** The element at an index, counted from the end if negative; null if there is none. */
  public byte[] get(long index) {
    long at = at(index);
    return at < 0 ? null : keyspace.cells.cell(head, KIND, positionAt(at)).payload();
  }

  /** Gives the element at an index another value. Returns false if there is none. */
  public boolean set(long index, byte[] element) {
    keyspace.touch(head);
    long at = at(index);
    if (at >= 0) {
      keyspace.cells.put(keyspace.cells.cell(head, KIND, positionAt(at)), KIND, element);
    }
    return at >= 0;
  }

  /** The index from the first element on; -1 if there is no such element. */
  private long at(long index) {
    long size = size();
    long at = index < 0 ? index + size : index;
    return at >= size ? -1 : Math.max(at, -1);
  }

  private byte[] positionAt(long index) {
    long fromLast = part().live - 1 - index;
    long near = Math.min(index, fromLast);
    if (near > WALK_ROWS_MAX) {
      return order.ranks(keyspace, head, part()).built().select(index);
    }
    if (near == 0) {
      return order.end(keyspace, head, part(), fromLast == 0);
    }
    try (ListCursor rows = order.walk(keyspace, head, part(), fromLast < index)) {
      for (long i = 0; i <= near; i++) {
        rows.next();
      }
      return rows.position();
    }
  }

  /** What {@link #range} was answered with when it was asked before, if nothing has changed since; else null. */
  public byte[] kept(long from, long count) {
    return ListEnds.of(part()).kept().of(from, count);
  }

  /** Has the list keep the answer to {@link #range}, as its reader has written it, if that was asked before. */
  public void keep(long from, long count, byte[] array, int offset, int length) {
    ListEnds.of(part()).kept().answered(from, count, array, offset, length);
  }

  /** Shows {@code count} elements from an index within the list on, each where it stands: valid for the call. */
  public void range(long from, long count, StringValue.BytesSink sink) {
    if (count <= 0) {
      return;
    }
    boolean near = from <= Math.max(count, WALK_ROWS_MAX);
    try (ListCursor rows = order.walk(keyspace, head, part(), near ? null : positionAt(from), null, false)) {
      for (long i = near ? from : 0; i > 0; i--) {
        rows.next();
      }
      for (long i = 0; i < count && rows.next(); i++) {
        rows.element(sink);
      }
    }
  }

  private void walk(boolean reverse, long skip, long count, Consumer<byte[]> visitor) {
    if (count <= 0) {
      return;
    }
    try (ListCursor rows = order.walk(keyspace, head, part(), reverse)) {
      for (long i = 0; i < skip; i++) {
        rows.next();
      }
      for (long i = 0; i < count && rows.next(); i++) {
        visitor.accept(rows.element());
      }
    }
  }

  /** Removes all but {@code count} elements from index {@code from} on. */
  public void trim(long from, long count) {
    keyspace.touch(head);
    long size = size();
    if (from >= size || count <= 0) {
      drop(size);
      return;
    }
    long behind = Math.max(0, size - from - count);
    shorten(false, from, element -> { });
    shorten(true, behind, element -> { });
  }

  // ---------------------------------------------------------------- by value

  /** Whether a walk that has seen an element goes on. */
  @FunctionalInterface
  public interface ElementVisitor {
    boolean visit(long index, byte[] element);
  }

  /**
   * Walks from the first element on, or from the last one back, while the visitor says so; an index counts from
   * there.
   */
  public void walk(boolean reverse, ElementVisitor visitor) {
    if (!exists()) {
      return;
    }
    try (ListCursor rows = order.walk(keyspace, head, part(), reverse)) {
      boolean more = true;
      for (long i = 0; more && rows.next(); i++) {
        more = visitor.visit(i, rows.element());
      }
    }
  }

  /**
   * Removes the first {@code count} elements that are equal to this one, or, if reverse, the last. Returns how many.
   */
  public long remove(byte[] element, boolean reverse, long count) {
    keyspace.touch(head);
    if (!exists()) {
      return 0;
    }
    long removed = 0;
    try (ListCursor rows = order.walk(keyspace, head, part(), reverse)) {
      while (removed < count && rows.next()) {
        if (Arrays.equals(rows.element(), element)) {
          keyspace.cells.remove(rows.cell());
          removed++;
        }
      }
    }
    return removed;
  }

  /**
   * Puts an element right before the first one that equals the pivot, or right behind it. Returns whether there was
   * one.
   */
  public boolean insert(byte[] pivot, boolean behind, byte[] element) {
    keyspace.touch(head);
    byte[] at = find(pivot);
    if (at == null) {
      return false;
    }
    byte[] left = behind ? at : neighbour(at, false);
    byte[] right = behind ? neighbour(at, true) : at;
    byte[] position = ListPosition.between(left, right, keyspace.bundle.maker());
    if (position.length > ListPosition.BYTES_MAX) {
      relay(ListPosition.firstStep(at));
      return insert(pivot, behind, element);
    }
    make(position, element);
    return true;
  }

  private byte[] find(byte[] pivot) {
    if (!exists()) {
      return null;
    }
    try (ListCursor rows = order.walk(keyspace, head, part(), false)) {
      while (rows.next()) {
        if (Arrays.equals(rows.element(), pivot)) {
          return rows.position();
        }
      }
    }
    return null;
  }

  /** The next position on a side that a row stands at, live or dead; null if there is none. */
  private byte[] neighbour(byte[] at, boolean right) {
    byte[] from = right ? OrderEnds.after(at) : null;
    byte[] to = right ? null : at;
    byte[] live;
    try (ListCursor rows = order.walk(keyspace, head, part(), from, to, !right)) {
      live = rows.next() ? rows.position() : null;
    }
    byte[] dead = part().dead == 0 ? null : dead(from, to, !right);
    if (live == null || dead == null) {
      return live == null ? dead : live;
    }
    boolean liveFirst = Arrays.compareUnsigned(live, dead) < 0 == right;
    return liveFirst ? live : dead;
  }

  /** The first position of a tombstone in a stretch, or the last; null if there is none. */
  private byte[] dead(byte[] from, byte[] to, boolean last) {
    try (RowCursor rows = keyspace.cells.rows(head, KIND | DiskKeys.DEAD, from, to, last)) {
      return rows.next() ? rows.sub() : null;
    }
  }

  /**
   * Gives all elements below a first step, which inserts to and fro have taken very deep, new positions right of it,
   * one behind the other: as if they had been popped, and inserted again where they were.
   */
  private void relay(byte[] step) {
    byte[] to = DiskKeys.after(step);
    byte[] end = dead(step, to, true);
    List<byte[]> elements = new ArrayList<>();
    try (ListCursor rows = order.walk(keyspace, head, part(), step, to, false)) {
      while (rows.next()) {
        byte[] position = rows.position();
        end = end == null || Arrays.compareUnsigned(position, end) > 0 ? position : end;
        elements.add(rows.element());
        keyspace.cells.remove(rows.cell());
      }
    }
    for (byte[] element : elements) {
      end = ListPosition.atRight(step, end, keyspace.bundle.maker());
      make(end, element);
    }
  }
}
