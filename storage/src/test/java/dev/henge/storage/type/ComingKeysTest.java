package dev.henge.storage.type;

import static dev.henge.storage.type.Actor.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.FoundBytes;
import dev.henge.storage.lsm.KeyHash;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys that are said to be coming: the store is told of the very hashes under which it is asked for them later. */
class ComingKeysTest {

  private static final int SLOTS_PER_VNODE = 16;
  private static final int VNODES = 4;

  private static final KeyLocator LOCATOR = (db, buffer, offset, length) -> {
    int hash = Arrays.hashCode(Arrays.copyOfRange(buffer, offset, offset + length));
    return KeyRef.of(db, Math.floorMod(hash, VNODES * SLOTS_PER_VNODE), hash, buffer, offset, length);
  };

  /** Writes down what is warmed and what is looked for. */
  private static final class Recording implements ByteStore {
    final MemoryByteStore rows = new MemoryByteStore();
    final List<Long> warmed = new ArrayList<>();
    final List<Long> found = new ArrayList<>();

    @Override
    public int warm(long[] keyHashes, int count) {
      Arrays.stream(keyHashes, 0, count).forEach(warmed::add);
      return 0;
    }

    @Override
    public void find(byte[] key, int keyLength, FoundBytes into) {
      found.add(KeyHash.of(key, 0, keyLength));
      rows.find(key, keyLength, into);
    }

    @Override
    public byte[] get(byte[] key, int keyLength) {
      return rows.get(key, keyLength);
    }

    @Override
    public void put(byte[] key, int keyLength, FoundBytes at, byte[] value, int valueOffset, int valueLength) {
      rows.put(key, keyLength, at, value, valueOffset, valueLength);
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
      rows.put(key, keyLength, value, valueOffset, valueLength);
    }

    @Override
    public void delete(byte[] key, int keyLength) {
      rows.delete(key, keyLength);
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
      return rows.scan(from, to, reverse);
    }
  }

  private final Recording store = new Recording();
  private final Keyspace rows = new Keyspace(store, LOCATOR, SLOTS_PER_VNODE, VNODES, 2, () -> 1);

  private byte[] bodyOf(int db, String key) {
    Keyspace writer = new Keyspace(new MemoryByteStore(), LOCATOR, SLOTS_PER_VNODE, VNODES, 2, () -> 1);
    writer.begin(7, 1, () -> 1);
    byte[] name = bytes(key);
    assertTrue(writer.plain().set(db, KeyLocator.ANY_SLOT, name, 0, name.length, bytes("v"), 0, 1));
    writer.finish();
    return writer.body().copy();
  }

  @Test
  void bundlesAreWarmedUnderTheHashesOfTheirKeys() {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      bodies.add(bodyOf(i % 2, "key" + i));
    }
    bodies.forEach(body -> rows.ahead().coming(new ByteReader(body)));
    assertEquals(List.of(), store.warmed, "all together, and not one by one");
    rows.ahead().warm();
    for (int i = 0; i < bodies.size(); i++) {
      rows.apply(7, i + 1, new ByteReader(bodies.get(i)));
    }
    assertEquals(5, store.found.size());
    assertEquals(store.found, store.warmed);
    rows.ahead().warm();
    assertEquals(5, store.warmed.size(), "what was warmed is forgotten");
  }

  @Test
  void commandsAreWarmedUnderTheHashesOfTheirKeys() {
    byte[] names = bytes("onethree");
    rows.ahead().coming(1, names, 0, 3);
    rows.ahead().coming(0, names, 3, 5);
    rows.ahead().warm();
    StringValue.BytesSink nowhere = (array, offset, length) -> {};
    rows.plain().read(1, KeyLocator.ANY_SLOT, names, 0, 3, nowhere);
    rows.plain().read(0, KeyLocator.ANY_SLOT, names, 3, 5, nowhere);
    assertEquals(store.found, store.warmed);
  }

  /** More than there is room for, longer than keys are, nothing at all, a flush first: what is no use is left out. */
  @Test
  void whatIsNoUseIsLeftOut() {
    byte[] many = new byte[10_000];
    rows.ahead().coming(0, many, 0, many.length);
    rows.ahead().coming(new ByteReader(new byte[0]));
    rows.ahead().coming(new ByteReader(new Bytes(16).u8(BundleBody.OP_FLUSH).u16(0).u16(63).u8(0).copy()));
    rows.ahead().warm();
    assertEquals(List.of(), store.warmed);
    for (int i = 0; i < 3 * ByteStore.WARM_MAX; i++) {
      rows.ahead().coming(0, many, i, 8);
    }
    rows.ahead().warm();
    assertEquals(ByteStore.WARM_MAX, store.warmed.size());
    assertEquals(0, rows.keyCount(0, 0));
  }
}
