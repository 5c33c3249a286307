package dev.henge.storage.type;

/** A walk along the score order. One that began at an end of the set tells {@link OrderEnds} what it found there. */
final class OrderCursor implements AutoCloseable {

  private final RowCursor rows;
  private final Head head;
  private final boolean reverse;

  /** Told where the set ends as long as nothing but removed members lies behind this walk; else null. */
  private OrderEnds ends;

  private final byte[] farBound;
  private boolean started;
  private byte[] key;
  private boolean removed;

  /** @param rows null for a walk over nothing */
  OrderCursor(RowCursor rows, Head head, boolean reverse, OrderEnds ends, byte[] farBound) {
    this.rows = rows;
    this.head = head;
    this.reverse = reverse;
    this.ends = ends;
    this.farBound = farBound;
  }

  boolean next() {
    boolean found = rows != null && rows.next();
    key = found ? rows.sub() : null;
    if (!started) {
      started = true;
      learn(found ? key : farBound, found);
    } else if (key != null && !removed) {
      ends = null;
    }
    removed = false;
    return found;
  }

  private void learn(byte[] bound, boolean found) {
    if (ends == null || bound == null) {
      return;
    }
    if (reverse) {
      ends.high(head, found ? OrderEnds.after(bound) : bound);
    } else {
      ends.low(head, bound);
    }
  }

  /** Skips up to {@code count} rows. */
  void skip(long count) {
    for (long i = 0; i < count && next(); i++) {
      // each step is the whole work
    }
  }

  /** The member that the walk stands on has been removed. */
  void removed() {
    removed = true;
    if (ends != null) {
      if (reverse) {
        ends.high(head, key);
      } else {
        ends.low(head, OrderEnds.after(key));
      }
    }
  }

  /** The order key: a copy. */
  byte[] key() {
    return key;
  }

  double score() {
    return Score.ofKey(key);
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
    }
  }
}
