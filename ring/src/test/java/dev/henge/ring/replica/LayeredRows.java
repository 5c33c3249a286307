package dev.henge.ring.replica;

import dev.henge.storage.lsm.ByteCursor;
import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.lsm.Damage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;

/**
 * Rows as an LSM has them: a memtable over layers, the newest first, so that a layer's older state of a key shows
 * where the newer layer above it is lost.
 *
 * <p>A range of a layer can be made unreadable; then whoever looks into it meets a {@link CorruptTableException},
 * until it is excised.
 */
final class LayeredRows implements ByteStore {

  private static final byte[] GONE = {};
  private static final int LAYERS_MAX = 4;

  private TreeMap<byte[], byte[]> memtable = new TreeMap<>(Arrays::compareUnsigned);
  private List<Layer> layers = new ArrayList<>();
  private static final long NOT_REPAIRED = Long.MAX_VALUE;

  /** One frozen memtable, or several merged, and the ranges of it that cannot be read. */
  private record Layer(TreeMap<byte[], byte[]> entries, List<Bad> bads) {}

  private static final class Bad {
    final Damage damage;
    boolean found;
    boolean excised;
    long repairedAt = NOT_REPAIRED;

    Bad(Damage damage) {
      this.damage = damage;
    }
  }

  // ---------------------------------------------------------------- damage

  /**
   * Makes a range of keys unreadable in a layer of the test's choice; returns false if no layer has a key in it.
   *
   * @param number names the damage
   */
  boolean damage(byte[] from, byte[] to, long number, Random chance) {
    List<Layer> fit = new ArrayList<>();
    for (Layer layer : layers) {
      byte[] first = from == null ? layer.entries.isEmpty() ? null : layer.entries.firstKey() : layer.entries.ceilingKey(from);
      if (first != null && (to == null || Arrays.compareUnsigned(first, to) < 0)) {
        fit.add(layer);
      }
    }
    if (fit.isEmpty()) {
      return false;
    }
    Layer hit = fit.get(chance.nextInt(fit.size()));
    Bad bad = new Bad(new Damage(Path.of("layer"), number, from, to, 0));
    bad.found = chance.nextInt(4) == 0; // by a compaction
    hit.bads.add(bad);
    return true;
  }

  /** A key of the rows that are frozen, from a key on; null if there is none before the other. */
  byte[] someKey(byte[] from, byte[] to, Random chance) {
    List<byte[]> keys = new ArrayList<>();
    for (Layer layer : layers) {
      keys.addAll(layer.entries.subMap(from, to).keySet());
    }
    return keys.isEmpty() ? null : keys.get(chance.nextInt(keys.size()));
  }

  /** Whether a part of the range cannot be read, known or not. */
  boolean damaged(byte[] from, byte[] to) {
    return bads().stream().anyMatch(bad -> bad.damage.meets(from, to));
  }

  private List<Bad> bads() {
    List<Bad> all = new ArrayList<>();
    layers.forEach(layer -> all.addAll(layer.bads));
    return all;
  }

  List<Damage> found() {
    return bads().stream().filter(bad -> bad.found && bad.repairedAt == NOT_REPAIRED).map(bad -> bad.damage).toList();
  }

  void excise(Damage damage) {
    bads().stream().filter(bad -> bad.damage.equals(damage)).forEach(bad -> bad.excised = true);
  }

  void repaired(Damage damage, long position) {
    bads().stream().filter(bad -> bad.damage.equals(damage)).forEach(bad -> bad.repairedAt = position);
  }

  // ---------------------------------------------------------------- layers

  /** Freezes the memtable; what is durable now reaches up to the position. */
  void freeze(long position) {
    if (!memtable.isEmpty()) {
      layers.add(0, new Layer(memtable, new ArrayList<>()));
      memtable = new TreeMap<>(Arrays::compareUnsigned);
    }
    layers.replaceAll(layer -> without(layer, position));
    int last = layers.size() - 1;
    for (int i = last - 1; layers.size() > LAYERS_MAX && i >= 0; i--) {
      if (layers.get(i).bads.isEmpty() && layers.get(i + 1).bads.isEmpty()) {
        TreeMap<byte[], byte[]> merged = new TreeMap<>(layers.get(i + 1).entries);
        merged.putAll(layers.get(i).entries);
        if (i + 1 == layers.size() - 1) {
          merged.values().removeIf(value -> value == GONE);
        }
        layers.set(i, new Layer(merged, new ArrayList<>()));
        layers.remove(i + 1);
      }
    }
  }

  /** The layer without its damaged ranges, if all of them have been repaired before the position. */
  private static Layer without(Layer layer, long position) {
    if (layer.bads.isEmpty() || !layer.bads.stream().allMatch(bad -> bad.repairedAt <= position)) {
      return layer;
    }
    TreeMap<byte[], byte[]> left = new TreeMap<>(layer.entries);
    left.keySet().removeIf(key -> bad(layer, key) != null);
    return new Layer(left, new ArrayList<>());
  }

  private static Bad bad(Layer layer, byte[] key) {
    for (Bad bad : layer.bads) {
      if (bad.damage.meets(key, after(key))) {
        return bad;
      }
    }
    return null;
  }

  /** What is left when the process dies: the layers; what was found and excised is forgotten. */
  LayeredRows crash() {
    LayeredRows next = new LayeredRows();
    for (Layer layer : layers) {
      List<Bad> again = new ArrayList<>();
      layer.bads.forEach(bad -> again.add(new Bad(bad.damage)));
      next.layers.add(new Layer(layer.entries, again));
    }
    return next;
  }

  private static CorruptTableException met(Bad bad) {
    bad.found = true;
    Damage d = bad.damage;
    return new CorruptTableException(d.file(), d.offset(), d.fromKey(), d.toKey(), "the test has damaged it");
  }

  private static byte[] after(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  // ---------------------------------------------------------------- reads and writes

  @Override
  public byte[] get(byte[] key, int keyLength) {
    byte[] exact = Arrays.copyOf(key, keyLength);
    byte[] value = find(exact);
    return value == null || value == GONE ? null : value.clone();
  }

  private byte[] find(byte[] key) {
    byte[] value = memtable.get(key);
    for (int i = 0; value == null && i < layers.size(); i++) {
      Bad bad = bad(layers.get(i), key);
      if (bad != null && !bad.excised) {
        throw met(bad);
      }
      value = bad != null ? null : layers.get(i).entries.get(key);
    }
    return value;
  }

  @Override
  public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
    memtable.put(Arrays.copyOf(key, keyLength), Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength));
  }

  @Override
  public void delete(byte[] key, int keyLength) {
    memtable.put(Arrays.copyOf(key, keyLength), GONE);
  }

  @Override
  public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
    return new Cursor(from == null ? new byte[0] : from.clone(), to == null ? null : to.clone(), reverse);
  }

  /** Steps by key, never by iterator: so it survives changes. */
  private final class Cursor implements ByteCursor {
    private byte[] low;
    private byte[] high;
    private final boolean reverse;
    private byte[] key;
    private byte[] value;

    Cursor(byte[] low, byte[] high, boolean reverse) {
      this.low = low;
      this.high = high;
      this.reverse = reverse;
    }

    @Override
    public boolean next() {
      while (high == null || Arrays.compareUnsigned(low, high) < 0) {
        byte[] best = nearest(memtable, null);
        for (Layer layer : layers) {
          byte[] candidate = nearest(layer.entries, layer);
          best = best == null || candidate != null && (Arrays.compareUnsigned(candidate, best) < 0 != reverse) ? candidate : best;
        }
        byte[] from = reverse && best != null ? best : low;
        byte[] to = reverse || best == null ? high : after(best);
        for (Bad bad : bads()) {
          if (!bad.excised && bad.damage.meets(from, to)) {
            throw met(bad);
          }
        }
        if (best == null) {
          break;
        }
        high = reverse ? best : high;
        low = reverse ? low : after(best);
        value = find(best);
        if (value != GONE) {
          key = best;
          return true;
        }
      }
      key = null;
      return false;
    }

    private byte[] nearest(TreeMap<byte[], byte[]> entries, Layer layer) {
      Map.Entry<byte[], byte[]> entry = reverse ? high == null ? entries.lastEntry() : entries.lowerEntry(high) : entries.ceilingEntry(low);
      while (entry != null && layer != null && bad(layer, entry.getKey()) != null) {
        entry = reverse ? entries.lowerEntry(entry.getKey()) : entries.higherEntry(entry.getKey());
      }
      if (entry == null || (reverse ? Arrays.compareUnsigned(entry.getKey(), low) < 0
          : high != null && Arrays.compareUnsigned(entry.getKey(), high) >= 0)) {
        return null;
      }
      return entry.getKey();
    }

    @Override
    public byte[] key() {
      if (key == null) {
        throw new NoSuchElementException("the cursor stands on no entry");
      }
      return key;
    }

    @Override
    public byte[] value() {
      return value;
    }

    @Override
    public void close() {
      high = low;
    }
  }
}
