package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A key's whole content, as a reader sees it, in bytes: its type, its deadline, its value. This is how a value moves
 * to another key.
 *
 * <pre>
 * dump   : (nothing)                                          there is no key
 *        | version u8 = 1 | kind u8 | deadline varint | content | crc32c u32 of all before
 * content: string   the bytes
 *          hash     (field block, value block)…
 *          set      (member block)…
 *          zset     (member block, score binary64 bits u64)…
 *          list     (element block)…, the first one first
 * </pre>
 *
 * <p>What only replicas know is left behind: dots, concurrent values that do not show, who counted what. A number that
 * was counted is dumped as the number that shows, and is a plain value in its new place. A deadline of 0 is none. A
 * collection costs its size.
 */
public final class KeyDump {

  private static final int VERSION = 1;
  private static final int CRC_BYTES = 4;

  private static final Map<ValueType, TypeDump> TYPES = Map.of(
      ValueType.STRING, new StringDump(),
      ValueType.HASH, new HashDump(),
      ValueType.SET, new SetDump(),
      ValueType.ZSET, new SortedSetDump(),
      ValueType.LIST, new ListDump());

  private KeyDump() {}

  /** Appends the key's dump to {@code out}: nothing if there is no key. */
  public static void write(Keyspace keyspace, Head head, Bytes out) {
    ValueType type = head.type();
    if (type == ValueType.NONE) {
      return;
    }
    int from = out.length();
    out.u8(VERSION).u8(type.kind()).varint(head.deadlineMillis());
    dumpOf(type).write(keyspace, head, out);
    out.i32(crc(out.array(), from, out.length() - from));
  }

  /** The key's dump; empty if there is no key. */
  public static byte[] of(Keyspace keyspace, Head head) {
    Bytes out = new Bytes(64);
    write(keyspace, head, out);
    return out.copy();
  }

  /**
   * Puts a dump, which must fill the rest of {@code in}, in place of whatever the key held; an empty dump deletes the
   * key.
   *
   * @throws FormatException if the bytes are no dump; then the key is as it was
   */
  public static void restore(Keyspace keyspace, Head into, ByteReader in) {
    if (in.remaining() == 0) {
      keyspace.delete(into);
      return;
    }
    ByteReader content = checked(in);
    TypeDump dump = dumpOf(type(content.u8()));
    long deadlineMillis = content.varint();
    keyspace.delete(into);
    dump.restore(keyspace, into, content);
    if (deadlineMillis != 0 && into.exists()) {
      keyspace.setDeadline(into, deadlineMillis);
    }
  }

  /** A reader of what stands between version and checksum. */
  private static ByteReader checked(ByteReader in) {
    int from = in.position();
    int length = in.remaining() - CRC_BYTES;
    if (length <= 0 || in.u8() != VERSION) {
      throw new FormatException("key dump of unknown form");
    }
    in.skip(length - 1);
    if (in.i32() != crc(in.array(), from, length)) {
      throw new FormatException("key dump with a wrong checksum");
    }
    return new ByteReader(in.array(), from + 1, length - 1);
  }

  private static int crc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  private static ValueType type(int kind) {
    for (ValueType type : TYPES.keySet()) {
      if (type.kind() == kind) {
        return type;
      }
    }
    throw new FormatException("key dump of unknown kind " + kind);
  }

  private static TypeDump dumpOf(ValueType type) {
    TypeDump dump = TYPES.get(type);
    if (dump == null) {
      throw new FormatException("no dump of a " + type.redisName());
    }
    return dump;
  }

  private static final class StringDump implements TypeDump {

    @Override
    public void write(Keyspace keyspace, Head head, Bytes out) {
      new StringValue(keyspace, head).read(out::raw);
    }

    @Override
    public void restore(Keyspace keyspace, Head into, ByteReader in) {
      new StringValue(keyspace, into).set(in.rest(), 0);
    }
  }

  private static final class HashDump implements TypeDump {

    @Override
    public void write(Keyspace keyspace, Head head, Bytes out) {
      new HashValue(keyspace, head).forEach((field, value) -> {
        out.block(field).block(value);
        return true;
      });
    }

    @Override
    public void restore(Keyspace keyspace, Head into, ByteReader in) {
      HashValue hash = new HashValue(keyspace, into);
      while (in.remaining() > 0) {
        hash.set(in.block(), in.block());
      }
    }
  }

  private static final class SetDump implements TypeDump {

    @Override
    public void write(Keyspace keyspace, Head head, Bytes out) {
      new SetValue(keyspace, head).forEach(member -> {
        out.block(member);
        return true;
      });
    }

    @Override
    public void restore(Keyspace keyspace, Head into, ByteReader in) {
      SetValue set = new SetValue(keyspace, into);
      while (in.remaining() > 0) {
        set.add(in.block());
      }
    }
  }

  private static final class SortedSetDump implements TypeDump {

    @Override
    public void write(Keyspace keyspace, Head head, Bytes out) {
      SortedSetValue set = new SortedSetValue(keyspace, head);
      set.byRank(0, set.size(), false, (bytes, offset, length, score) -> {
        out.block(bytes, offset, length).i64(Double.doubleToRawLongBits(score));
        return true;
      });
    }

    @Override
    public void restore(Keyspace keyspace, Head into, ByteReader in) {
      SortedSetValue set = new SortedSetValue(keyspace, into);
      while (in.remaining() > 0) {
        set.member(in.block()).put(Double.longBitsToDouble(in.i64()));
      }
    }
  }

  private static final class ListDump implements TypeDump {

    @Override
    public void write(Keyspace keyspace, Head head, Bytes out) {
      new ListValue(keyspace, head).walk(false, (index, element) -> {
        out.block(element);
        return true;
      });
    }

    @Override
    public void restore(Keyspace keyspace, Head into, ByteReader in) {
      ListValue list = new ListValue(keyspace, into);
      while (in.remaining() > 0) {
        list.push(true, in.block());
      }
    }
  }
}
