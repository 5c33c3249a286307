package dev.henge.storage.lsm;

import dev.henge.storage.row.Hash64;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A store on a real disk: gets from tables and past them, and the log's part of a turn of sixteen SETs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StoreMicro {

    private static final int KEYS = 200_000;
    private static final int KEY_BYTES = 25;
    private static final int VALUE_BYTES = 118;
    private static final int RECORD_BYTES = 200;
    private static final int TURN = 16;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] key = new byte[KEY_BYTES];
    private final byte[] value = new byte[VALUE_BYTES];
    private final byte[] record = new byte[RECORD_BYTES];
    private Path dir;
    private LsmStore store;
    private long seed;

    @Setup
    public void load() throws IOException {
        dir = Files.createTempDirectory("henge-micro");
        store = LsmStore.open(dir, LsmOptions.defaults().withLogRetainBytes(0).withLogSync(LogSync.NEVER),
            (position, replayed) -> { });
        for (int i = 0; i < KEYS; i++) {
            aim(i);
            store.put(key, KEY_BYTES, value, 0, VALUE_BYTES);
        }
        store.append(record, 0, RECORD_BYTES);
        store.checkpoint();
        store.endTurn();
    }

    @TearDown
    public void close() throws IOException {
        store.close();
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted(Comparator.reverseOrder()).forEach(StoreMicro::delete);
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void aim(int number) {
        long spread = Hash64.mix(number, 77);
        LONGS.set(key, 0, spread & 0x3FFF_FFFF_FFFF_FF00L);
        LONGS.set(key, 17, (long) number << 8);
    }

    private int draw() {
        seed += 0x9E3779B97F4A7C15L;
        return (int) ((Hash64.mix(seed, 3) >>> 33) % KEYS);
    }

    @Benchmark
    public byte[] tableGet() {
        aim(draw());
        byte[] found = store.get(key, KEY_BYTES);
        if (found.length != VALUE_BYTES) {
            throw new AssertionError(found.length);
        }
        return found;
    }

    @Benchmark
    public byte[] tableGetAbsent() {
        aim(KEYS + draw());
        byte[] found = store.get(key, KEY_BYTES);
        if (found != null) {
            throw new AssertionError(found.length);
        }
        return found;
    }

    /** The log's records of a turn, and the write at its end. */
    @Benchmark
    @OperationsPerInvocation(TURN)
    public long logAppend() {
        for (int i = 0; i < TURN; i++) {
            store.append(record, 0, RECORD_BYTES);
        }
        store.endTurn();
        return store.writtenPosition();
    }
}
