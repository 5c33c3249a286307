package dev.henge.storage.lsm;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A part of a table or of a value file that cannot be read: its bytes are not those that were written, or the disk
 * does not give them.
 *
 * @param file       the file
 * @param offset     where in it the part begins; 0 if it is the whole file
 * @param fromKey    the first key that may be in the part; null: there is none before
 * @param toKey      the end, exclusive, of the keys that may be in it; null: there is none behind
 * @param foundMillis when it was first met, in milliseconds since 1970
 */
public record Damage(Path file, long offset, byte[] fromKey, byte[] toKey, long foundMillis) {

    /** What a reader met. */
    public static Damage of(CorruptTableException e, long foundMillis) {
        return new Damage(e.file(), e.offset(), e.fromKey(), e.toKey(), foundMillis);
    }

    /** The part's file and offset, for people. */
    public String where() {
        return file.getFileName() + " at offset " + offset;
    }

    /** Whether a key from {@code from} on and before {@code to} (null: open) may be in the part. */
    public boolean meets(byte[] from, byte[] to) {
        return (toKey == null || from == null || Arrays.compareUnsigned(from, toKey) < 0)
            && (fromKey == null || to == null || Arrays.compareUnsigned(fromKey, to) < 0);
    }

    /** The part of the disk is the same: found again it is no other damage. */
    @Override
    public boolean equals(Object o) {
        return o instanceof Damage d && d.offset == offset && d.file.equals(file);
    }

    @Override
    public int hashCode() {
        return file.hashCode() * 31 + Long.hashCode(offset);
    }

    @Override
    public String toString() {
        return file + " at offset " + offset + ", keys " + text(fromKey) + " to " + text(toKey);
    }

    private static String text(byte[] key) {
        return key == null ? "…" : HexFormat.of().formatHex(key);
    }
}
