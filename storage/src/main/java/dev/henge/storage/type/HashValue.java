package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Row;
import dev.henge.storage.row.RowCodec;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A hash: one row a field, its payload the value; a field is a counter too. A view of an open head, for one command.
 *
 * <p>Fields unite when replicas meet; of two values that had not seen each other the newer shows; increments add up.
 */
public final class HashValue {

  private static final int KIND = ValueType.HASH.kind();
  private static final byte[] ZERO = {'0'};

  /** Whole numbers beyond are no counters: rows that count keep within 64 bits, see {@link StringValue#shown}. */
  private static final BigDecimal COUNTER_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final BigDecimal COUNTER_MIN = BigDecimal.valueOf(Long.MIN_VALUE);

  private final Keyspace keyspace;
  private final Members fields;

  public HashValue(Keyspace keyspace, Head head) {
    this.keyspace = keyspace;
    this.fields = new Members(keyspace, head, ValueType.HASH);
  }

  /** How many fields; 0 if the key does not show as a hash. Costs nothing. */
  public long size() {
    return fields.size();
  }

  public boolean contains(byte[] field) {
    return fields.live(field) != null;
  }

  /** The field's value, or null. */
  public byte[] get(byte[] field) {
    byte[] stored = fields.live(field);
    return stored == null ? null : shown(stored);
  }

  private static byte[] shown(byte[] stored) {
    int at = RowCodec.plainPayloadAt(stored, 0);
    return at >= 0
        ? Arrays.copyOfRange(stored, at, stored.length)
        : StringValue.shown(RowCodec.decode(new ByteReader(stored)));
  }

  /** Puts a value over whatever the field held. Returns whether the field is new. */
  public boolean set(byte[] field, byte[] value) {
    Cell cell = fields.cell(field);
    boolean added = !cell.live();
    keyspace.cells.put(cell, KIND, value);
    return added;
  }

  /** The same of a field and a value that stand among other bytes. */
  public boolean set(byte[] buffer, int fieldAt, int fieldLength, int valueAt, int valueLength) {
    PlainMembers.Put put = fields.put(buffer, fieldAt, fieldLength, buffer, valueAt, valueLength, false);
    return put == PlainMembers.Put.REFUSED
        ? set(Arrays.copyOfRange(buffer, fieldAt, fieldAt + fieldLength),
            Arrays.copyOfRange(buffer, valueAt, valueAt + valueLength))
        : put == PlainMembers.Put.ADDED;
  }

  /** Returns false if there was no such field. */
  public boolean remove(byte[] field) {
    return fields.remove(field);
  }

  /**
   * Moves a number to {@code target}, as an increment by the difference: those of others that have not been seen here
   * add to it. A new field starts from 0. Whole numbers beyond 64 bits cannot be counted: they are set. The caller
   * has checked that the value is a number.
   */
  public void moveTo(byte[] field, BigDecimal target) {
    Cell cell = fields.cell(field);
    boolean whole = target.signum() == 0 || target.stripTrailingZeros().scale() <= 0;
    if (whole && (target.compareTo(COUNTER_MAX) > 0 || target.compareTo(COUNTER_MIN) < 0)) {
      keyspace.cells.put(cell, KIND, bytes(target.toBigInteger().toString()));
      return;
    }
    keyspace.cells.increment(cell, KIND, target.subtract(exact(cell)), ZERO);
  }

  /** What the row adds up to; unlike what it shows, without bounds. */
  private static BigDecimal exact(Cell cell) {
    if (!cell.live()) {
      return BigDecimal.ZERO;
    }
    Row row = cell.row;
    return StringValue.number(row.payload()).add(row.increments());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** Walks all fields and values, in no order that means anything, while the visitor returns true. */
  public void forEach(BiPredicate<byte[], byte[]> visitor) {
    fields.walk(at -> visitor.test(Members.member(at), shown(at.value())));
  }

  /** As {@link #forEach}, of the fields alone. */
  public void forEachField(Predicate<byte[]> visitor) {
    fields.walk(at -> visitor.test(Members.member(at)));
  }

  /**
   * Visits about {@code count} fields from {@code cursor} on (0 to begin).
   *
   * @return the cursor of the next page, unsigned; 0 if this was the last
   */
  public long page(long cursor, long count, BiPredicate<byte[], byte[]> visitor) {
    return fields.page(cursor, count, at -> visitor.test(Members.member(at), shown(at.value())));
  }

  /** One field by chance, or null if there is none. */
  public byte[] pick(RandomGenerator random) {
    return size() == 0 ? null : fields.pick(random);
  }

  /** {@code count} different fields by chance, or all. */
  public List<byte[]> distinct(long count, RandomGenerator random) {
    return fields.distinct(count, random);
  }

  /** {@code count} fields by chance, each drawn from all; none from an empty hash. */
  public List<byte[]> repeated(int count, RandomGenerator random) {
    return fields.repeated(count, random);
  }
}
