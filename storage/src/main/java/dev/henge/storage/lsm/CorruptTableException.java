package dev.henge.storage.lsm;

import java.nio.file.Path;

/**
 * A table, value file or manifest whose bytes are not those that were written; names the file and, where only a part
 * of it is damaged, the offset of the part and the keys that cannot be read for it.
 */
public final class CorruptTableException extends RuntimeException {

    private final Path file;
    private final long offset;
    private final byte[] fromKey;
    private final byte[] toKey;
    private final boolean foreign;

    /** Damage of a whole file. */
    CorruptTableException(Path file, String what) {
        this(file, 0, null, null, what);
    }

    /**
     * Damage of a part.
     *
     * @param fromKey where the range of keys that cannot be read begins
     * @param toKey   its end, exclusive; null: open
     */
    public CorruptTableException(Path file, long offset, byte[] fromKey, byte[] toKey, String what) {
        this(file, offset, fromKey, toKey, false, " is damaged: " + what);
    }

    private CorruptTableException(Path file, long offset, byte[] fromKey, byte[] toKey, boolean foreign, String what) {
        super(file + what);
        this.foreign = foreign;
        this.file = file;
        this.offset = offset;
        this.fromKey = fromKey;
        this.toKey = toKey;
    }

    /** A file that is whole, but not the one that it should be: of another table, or another format. */
    static CorruptTableException foreign(Path file, String what) {
        return new CorruptTableException(file, 0, null, null, true, " is not the file that it should be: " + what);
    }

    /** Whether the file is sound and only in the wrong place: nothing may be done about it but by an operator. */
    boolean isForeign() {
        return foreign;
    }

    public Path file() {
        return file;
    }

    /** Where the damaged part begins; 0 if it is the whole file. */
    public long offset() {
        return offset;
    }

    /** The first key that cannot be read; null if the whole file cannot. */
    public byte[] fromKey() {
        return fromKey == null ? null : fromKey.clone();
    }

    /** The end, exclusive, of the keys that cannot be read; null if it is open. */
    public byte[] toKey() {
        return toKey == null ? null : toKey.clone();
    }
}
