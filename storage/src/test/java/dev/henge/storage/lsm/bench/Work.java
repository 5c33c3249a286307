package dev.henge.storage.lsm.bench;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Keys, values and orders of the measurements: pure functions of numbers, and no memory worth a cache miss. */
final class Work {

    /** As a node's: slot, hash of the key, db, length, key:000000123456, kind and the rest of a sub-row's key. */
    static final int KEY_BYTES = 35;
    private static final int DIGITS = 12;
    private static final int NAME_AT = 8;
    private static final int DIGITS_END = NAME_AT + 4 + DIGITS;
    private static final byte[] NAME = {'k', 'e', 'y', ':'};
    private static final int SLOT_SHIFT = 18;
    private static final long GROUP_SIZE = 16;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private Work() {
    }

    static byte[] newKey() {
        byte[] key = new byte[KEY_BYTES];
        key[7] = (byte) (NAME.length + DIGITS);
        System.arraycopy(NAME, 0, key, NAME_AT, NAME.length);
        return key;
    }

    private static int hash(int i) {
        return (int) (i * 0x9E3779B97F4A7C15L >>> 32);
    }

    /** Makes the array the key of the number. */
    static void key(byte[] key, int i) {
        int hash = hash(i);
        int slot = hash >>> SLOT_SHIFT;
        key[0] = (byte) (slot >>> 8);
        key[1] = (byte) slot;
        INTS.set(key, 2, hash);
        int rest = i;
        for (int at = DIGITS_END - 1; at >= NAME_AT + NAME.length; at--) {
            key[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        key[KEY_BYTES - 1] = 0;
    }

    /** Makes the array a key that was never put, beside one that was. */
    static void absentKey(byte[] key, int i) {
        key(key, i);
        key[KEY_BYTES - 1] = 1;
    }

    static byte[] newValue(int bytes) {
        byte[] value = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(value);
        return value;
    }

    /** Marks the array as the value of the number in some round of overwriting. */
    static void value(byte[] value, int i, int round) {
        LONGS.set(value, 0, (long) round << 32 | i);
    }

    static long digest(long digest, byte[] key, int keyLength, byte[] value, int valueLength) {
        return digest * 31 + (long) LONGS.get(key, 0) + keyLength + (long) LONGS.get(value, 0) + valueLength
            + value[valueLength - 1];
    }

    /** Every number below {@code count} once, by chance. */
    static int[] shuffled(int count, long seed) {
        int[] order = new int[count];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** Every number below {@code count} once, in the order of the keys. */
    static int[] sorted(int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = (((long) hash(i) << 32 | i) ^ Long.MIN_VALUE);
        }
        Arrays.sort(keys);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = (int) keys[i];
        }
        return order;
    }

    /** Numbers below {@code bound} by chance, some more than once. */
    static int[] drawn(int count, int bound, long seed) {
        return new SplittableRandom(seed).ints(count, 0, bound).toArray();
    }

    /** Puts all in this order, in groups. */
    static void load(Engine engine, int[] order, int valueBytes) {
        byte[] key = newKey();
        byte[] value = newValue(valueBytes);
        for (int n = 0; n < order.length; n++) {
            key(key, order[n]);
            value(value, order[n], 0);
            engine.put(key, value);
            if (n % GROUP_SIZE == GROUP_SIZE - 1) {
                engine.endGroup();
            }
        }
        engine.endGroup();
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }

    /** Makes the system forget the files' pages; only those that no process has mapped go. */
    static void evict(Path dir) throws IOException, InterruptedException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Process dd = new ProcessBuilder(List.of("dd", "of=" + file, "oflag=nocache",
                    "conv=notrunc,fdatasync", "count=0", "status=none")).inheritIO().start();
                if (!dd.waitFor(1, TimeUnit.MINUTES) || dd.exitValue() != 0) {
                    throw new IOException("dd cannot drop " + file + " from the page cache");
                }
            }
        }
    }
}
