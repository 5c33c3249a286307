package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.mapdb.SortedTableMap;

/** A {@link Table} in a MapDB SortedTableMap, with a {@link TableIndex} beside it. */
final class SortedMapTable implements Table {

    static final ByteArrayColumn COLUMN = new ByteArrayColumn();

    private final TableIndex index;
    private final Path directory;
    private final Disk disk;
    private final TableVolume volume;
    private final SortedTableMap<byte[], byte[]> map;
    private final Map<ValueFile, Long> liveValueBytes;
    private final Map<Long, ValueFile> valueFiles;
    private final long bytes;
    private final AtomicInteger holders = new AtomicInteger();
    private volatile boolean retired;

    SortedMapTable(Path directory, Disk disk, TableIndex index, TableVolume volume, SortedTableMap<byte[], byte[]> map,
            Map<Long, ValueFile> files) {
        this.directory = directory;
        this.disk = disk;
        this.index = index;
        this.volume = volume;
        this.map = map;
        this.valueFiles = new LinkedHashMap<>();
        this.liveValueBytes = new LinkedHashMap<>();
        index.liveValueBytes().forEach((number, live) -> {
            ValueFile file = files.get(number);
            file.hold();
            valueFiles.put(number, file);
            liveValueBytes.put(file, live);
        });
        this.bytes = volume.length() + index.bloom().bytes().capacity();
    }

    static String nameOf(long number) {
        return String.format("table-%016x.htab", number);
    }

    /** Opens a table that the manifest names; {@code files} has all the value files that it points into. */
    static SortedMapTable open(Path directory, Disk disk, TableIndex index, Map<Long, ValueFile> files)
            throws IOException {
        Path path = directory.resolve(nameOf(index.number()));
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
    public int kind() {
        return KIND_MAPDB;
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
    public byte[] get(byte[] key) {
        return map.get(key);
    }

    @Override
    public StoredCursor scan(byte[] from, byte[] to, boolean reverse) {
        return new TableWalk(volume, index.pageBytes(), from, to, reverse);
    }

    @Override
    public byte[] resolve(byte[] stored) {
        if (StoredValue.isTombstone(stored)) {
            return null;
        }
        if (!StoredValue.isPointer(stored)) {
            return StoredValue.inlineValue(stored);
        }
        StoredValue.Pointer pointer = StoredValue.pointer(stored);
        return valueFiles.get(pointer.file()).read(pointer);
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
    public List<Path> files() {
        return List.of(directory.resolve(nameOf(number())), directory.resolve(TableIndex.nameOf(number())));
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
        return liveValueBytes;
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
        for (ValueFile file : liveValueBytes.keySet()) {
            file.release();
        }
    }

    @Override
    public void retire() {
        retired = true;
    }
}
