package dev.henge.storage.lsm;

import dev.henge.storage.row.Hash64;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The memtable alone: keys as a node's heads have them, drawn without order, values of a string of 100 bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MemtableMicro {

    private static final int KEY_BYTES = 25;
    private static final int VALUE_BYTES = 118;
    private static final int PIPELINE = 16;
    private static final long FULL_BYTES = 64L << 20;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** How many keys are there: of few the caches hold all. */
    @Param({"10000", "300000"})
    public int keys;

    private final ChunkPool pool = new ChunkPool(Integer.MAX_VALUE);
    private final byte[] key = new byte[KEY_BYTES];
    private final byte[] value = new byte[VALUE_BYTES];
    private Memtable loaded;
    private Memtable growing;
    private long seed;
    private int drawn;
    private int fresh;
    private final long[] hashes = new long[PIPELINE];
    private final byte[][] pipeline = new byte[PIPELINE][KEY_BYTES];

    @Setup
    public void load() {
        loaded = new Memtable(pool, 1);
        loaded.hold();
        empty(); // and once full, so that the pool has its memory
        while (growing.bytes() <= FULL_BYTES) {
            insert();
        }
        for (int i = 0; i < keys; i++) {
            loaded.put(key, KEY_BYTES, aim(i), value, 0, VALUE_BYTES);
        }
    }

    /** Makes the key that of a number, and returns its hash. */
    private int aim(int number) {
        long spread = Hash64.mix(number, 77);
        LONGS.set(key, 0, spread & 0x3FFF_FFFF_FFFF_FF00L); // slot, hash, db, length
        LONGS.set(key, 17, (long) number << 8);
        return (int) KeyHash.of(key, 0, KEY_BYTES);
    }

    private int draw() {
        seed += 0x9E3779B97F4A7C15L;
        drawn = (int) ((Hash64.mix(seed, 3) >>> 33) % keys);
        return aim(drawn);
    }

    /** The key's bytes and its hash, which all others here have in them. */
    @Benchmark
    public int baseline() {
        return draw();
    }

    @Benchmark
    public int find() {
        return loaded.find(key, KEY_BYTES, draw());
    }

    /** Sixteen keys, one after the other, with their first bytes read. */
    @Benchmark
    public int findSixteen() {
        return sixteen(false);
    }

    /** The same, warmed before. */
    @Benchmark
    public int warmAndFindSixteen() {
        return sixteen(true);
    }

    private int sixteen(boolean warm) {
        for (int i = 0; i < PIPELINE; i++) {
            hashes[i] = draw();
            System.arraycopy(key, 0, pipeline[i], 0, KEY_BYTES);
        }
        int sum = warm ? loaded.warm(hashes, PIPELINE) : 0;
        for (int i = 0; i < PIPELINE; i++) {
            sum += loaded.value(loaded.find(pipeline[i], KEY_BYTES, (int) hashes[i])).length;
        }
        return sum;
    }

    @Benchmark
    public int findAbsent() {
        return loaded.find(key, KEY_BYTES, aim(keys + (drawn++ & 0xFFFFF)));
    }

    @Benchmark
    public byte[] get() {
        return loaded.value(loaded.find(key, KEY_BYTES, draw()));
    }

    @Benchmark
    public int overwrite() {
        int hash = draw();
        loaded.put(key, KEY_BYTES, hash, value, 0, VALUE_BYTES);
        return hash;
    }

    /** Into a memtable that is as large as it has got by then; a full one gives way to an empty one. */
    @Benchmark
    public int insert() {
        if (growing.bytes() > FULL_BYTES) {
            growing.release();
            pool.clean();
            empty();
        }
        int hash = aim(fresh++);
        growing.put(key, KEY_BYTES, hash, value, 0, VALUE_BYTES);
        return hash;
    }

    private void empty() {
        growing = new Memtable(pool, ++seed);
        growing.hold();
    }
}
