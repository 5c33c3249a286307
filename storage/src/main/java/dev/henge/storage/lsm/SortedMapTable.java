package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import org.mapdb.SortedTableMap;

/** A {@link Table} in a MapDB SortedTableMap, with a {@link TableIndex} beside it. */
final class SortedMapTable implements Table {

    static final ByteArrayColumn COLUMN = new ByteArrayColumn();

    private final TableIndex index;
    private final Path directory;
    private final Disk disk;
    private final TableVolume volume;
    private final SortedTableMap<byte[], byte[]> map;
    private final ValueLinks links;
    private final long bytes;
    private final AtomicInteger holders = new AtomicInteger();
    private volatile boolean retired;

    SortedMapTable(Path directory, Disk disk, TableIndex index, TableVolume volume, SortedTableMap<byte[], byte[]> map,
            LongFunction<ValueFile> files) {
        this.directory = directory;
        this.disk = disk;
        this.index = index;
        this.volume = volume;
        this.map = map;
        this.links = new ValueLinks(index.liveValueBytes(), files);
        this.bytes = volume.length() + index.bloom().bytes().capacity();
    }

    static String nameOf(long number) {
        return String.format("table-%016x.htab", number);
    }

    static SortedMapTable open(Path directory, Disk disk, long number, LongFunction<ValueFile> files)
            throws IOException {
        TableIndex index = TableIndex.read(directory.resolve(TableIndex.nameOf(number)), disk);
        Path path = directory.resolve(nameOf(number));
        TableVolume volume = new TableVolume(path, disk, index.pageBytes(), index.pageChecks());
        SortedTableMap<byte[], byte[]> map;
        try {
            map = SortedTableMap.open(volume, COLUMN, COLUMN);
        } catch (RuntimeException e) {
            throw new CorruptTableException(path, "MapDB cannot open it: " + e);
        }
        if (volume.endOpening() != index.openingCheck()) {
            throw new CorruptTableException(path, "the checksum of its first keys does not match");
        }
        return new SortedMapTable(directory, disk, index, volume, map, files);
    }

    @Override
    public long number() {
        return index.number();
    }

    @Override
    public TableKind kind() {
        return TableKind.SORTED_MAP;
    }

    @Override
    public List<Path> files() {
        return TableKind.SORTED_MAP.fileNames(number()).stream().map(directory::resolve).toList();
    }

    @Override
    public boolean mayContain(byte[] key, int keyLength, long keyHash) {
        byte[] first = index.firstKey();
        byte[] last = index.lastKey();
        return Arrays.compareUnsigned(key, 0, keyLength, first, 0, first.length) >= 0
            && Arrays.compareUnsigned(key, 0, keyLength, last, 0, last.length) <= 0
            && index.bloom().mayContain(keyHash);
    }

    @Override
    public boolean get(byte[] key, int keyLength, long keyHash, FoundValue into) {
        byte[] stored = map.get(key.length == keyLength ? key : Arrays.copyOf(key, keyLength));
        if (stored == null) {
            return false;
        }
        into.set(stored[0], resolve(stored));
        return true;
    }

    @Override
    public StoredCursor scan(byte[] from, byte[] to, boolean reverse) {
        return new TableWalk(volume, index.pageBytes(), from, to, reverse, this::resolve);
    }

    /** The value that a stored value is or points to; null for a tombstone. */
    private byte[] resolve(byte[] stored) {
        if (StoredValue.isTombstone(stored)) {
            return null;
        }
        return StoredValue.isPointer(stored) ? links.read(StoredValue.pointer(stored))
            : StoredValue.inlineValue(stored);
    }

    @Override
    public long entries() {
        return index.entries();
    }

    @Override
    public long tombstones() {
        return index.tombstones();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public byte[] firstKey() {
        return index.firstKey();
    }

    @Override
    public byte[] lastKey() {
        return index.lastKey();
    }

    @Override
    public int keyBytesMax() {
        return index.keyBytesMax();
    }

    @Override
    public int storedBytesMax() {
        return index.storedBytesMax();
    }

    @Override
    public Map<ValueFile, Long> liveValueBytes() {
        return links.liveBytes();
    }

    @Override
    public int damages() {
        return volume.damages();
    }

    @Override
    public void hold() {
        holders.incrementAndGet();
    }

    @Override
    public void release() throws IOException {
        if (holders.decrementAndGet() > 0) {
            return;
        }
        volume.close();
        if (retired) {
            disk.delete(directory.resolve(nameOf(number())));
            disk.delete(directory.resolve(TableIndex.nameOf(number())));
        }
        links.release();
    }

    @Override
    public void retire() {
        retired = true;
    }
}
