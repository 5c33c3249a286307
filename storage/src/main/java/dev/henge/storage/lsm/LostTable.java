package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A {@link Table} whose files cannot be opened: one damaged part, which holds every key that the table may have had.
 *
 * <p>It is kept in its place so that the rest of the store can be used: the log, which may have the only copy of
 * acknowledged writes, and the other tables. Which keys it had is not known; its neighbours in the run say between
 * which it lay. Nothing of it is read, and its files stay until the damage is repaired.
 */
final class LostTable implements Table {

    private static final byte[] FIRST = {};

    private final Path directory;
    private final Disk disk;
    private final TableKind kind;
    private final long number;
    private final CorruptTableException cause;
    private final AtomicInteger holders = new AtomicInteger();
    private final byte[] firstKey;
    private final byte[] end;
    private volatile boolean retired;

    /**
     * @param before the table before it in its run, or null
     * @param after  the one behind it, or null
     */
    LostTable(Path directory, Disk disk, TableKind kind, long number, CorruptTableException cause, Table before,
            Table after) {
        this.directory = directory;
        this.disk = disk;
        this.kind = kind;
        this.number = number;
        this.cause = cause;
        this.firstKey = before == null ? FIRST : BlockFormat.after(before.lastKey(), before.lastKey().length);
        this.end = after == null ? null : after.firstKey();
    }

    /** The damage that whoever reads it meets. */
    CorruptTableException damage() {
        return new CorruptTableException(cause.file(), 0, firstKey, end, "the table cannot be opened: "
            + cause.getMessage());
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public TableKind kind() {
        return kind;
    }

    @Override
    public List<Path> files() {
        return kind.fileNames(number).stream().map(directory::resolve).toList();
    }

    @Override
    public boolean mayContain(byte[] key, int keyLength, long keyHash) {
        return true;
    }

    @Override
    public boolean get(byte[] key, int keyLength, long keyHash, FoundValue into) {
        throw damage();
    }

    @Override
    public StoredCursor scan(byte[] from, byte[] to, boolean reverse) {
        boolean behind = from != null && end != null && Arrays.compareUnsigned(from, end) >= 0;
        boolean before = to != null && Arrays.compareUnsigned(to, firstKey) <= 0;
        return new NoEntries(!behind && !before);
    }

    /**
     * Meets the damage with its first step, as a walk through a table of one damaged block does; or is at its end with
     * it, where the walk only touches the table: who goes around the damage begins at its very end.
     */
    private final class NoEntries implements StoredCursor {
        private final boolean meets;

        NoEntries(boolean meets) {
            this.meets = meets;
        }

        @Override
        public boolean next() {
            if (meets) {
                throw damage();
            }
            return false;
        }

        @Override
        public byte[] keyBytes() {
            throw damage();
        }

        @Override
        public int keyLength() {
            throw damage();
        }

        @Override
        public byte[] key() {
            throw damage();
        }

        @Override
        public byte kind() {
            throw damage();
        }

        @Override
        public int bodyLength() {
            throw damage();
        }

        @Override
        public void copyBody(byte[] into, int offset) {
            throw damage();
        }

        @Override
        public byte[] value() {
            throw damage();
        }
    }

    @Override
    public long entries() {
        return 0;
    }

    @Override
    public long tombstones() {
        return 0;
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public byte[] firstKey() {
        return firstKey;
    }

    /** The least key that is above all of its own; the highest there is, where no table lies behind it. */
    @Override
    public byte[] lastKey() {
        return end == null ? Highest.KEY : end;
    }

    /** A key that none is above; made where a table is lost at its run's end. */
    private static final class Highest {
        private static final byte[] KEY = new byte[LsmStore.KEY_BYTES_MAX];

        static {
            Arrays.fill(KEY, (byte) 0xFF);
        }
    }

    @Override
    public int keyBytesMax() {
        return 0;
    }

    @Override
    public int storedBytesMax() {
        return 0;
    }

    @Override
    public Map<ValueFile, Long> liveValueBytes() {
        return Map.of();
    }

    @Override
    public int damages() {
        return 1;
    }

    @Override
    public void hold() {
        holders.incrementAndGet();
    }

    @Override
    public void release() throws IOException {
        if (holders.decrementAndGet() == 0 && retired) {
            for (Path file : files()) {
                disk.delete(file);
            }
        }
    }

    @Override
    public void retire() {
        retired = true;
    }
}
