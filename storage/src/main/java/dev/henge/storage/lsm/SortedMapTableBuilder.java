package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.mapdb.SortedTableMap;

/** A {@link SortedMapTable} in the making. */
final class SortedMapTableBuilder implements TableBuilder {

    /** A table is full at either of these. */
    static final long DATA_BYTES_MAX = 256L << 20;
    static final int ENTRIES_MAX = 4 << 20;

    private final Path directory;
    private final Disk disk;
    private final long number;
    private final int bloomBitsPerKey;
    private final TableShape shape;
    private final TableVolume volume;
    private final SortedTableMap.Sink<byte[], byte[]> sink;
    private final Map<Long, Long> liveValueBytes = new TreeMap<>();
    private long[] hashes = new long[1024];
    private int entries;
    private long tombstones;
    private long bytes;
    private int keyBytesMax;
    private int storedBytesMax;
    private byte[] firstKey;
    private byte[] lastKey;

    SortedMapTableBuilder(Path directory, Disk disk, long number, TableShape shape, int bloomBitsPerKey)
            throws IOException {
        this.directory = directory;
        this.disk = disk;
        this.number = number;
        this.shape = shape;
        this.bloomBitsPerKey = bloomBitsPerKey;
        this.volume = new TableVolume(directory.resolve(SortedMapTable.nameOf(number)), disk, shape.pageBytes());
        this.sink = SortedTableMap.create(volume, SortedMapTable.COLUMN, SortedMapTable.COLUMN)
            .pageSize(shape.pageBytes()).nodeSize(shape.nodeEntries()).createFromSink();
    }

    @Override
    public void add(byte[] key, int keyLength, byte kind, byte[] body, int bodyOffset, int bodyLength) {
        byte[] stored = new byte[1 + bodyLength];
        stored[0] = kind;
        System.arraycopy(body, bodyOffset, stored, 1, bodyLength);
        add(Arrays.copyOf(key, keyLength), stored);
    }

    private void add(byte[] key, byte[] stored) {
        sink.put(key, stored);
        if (entries == hashes.length) {
            hashes = Arrays.copyOf(hashes, entries * 2);
        }
        hashes[entries++] = KeyHash.of(key, 0, key.length);
        if (firstKey == null) {
            firstKey = key;
        }
        lastKey = key;
        bytes += key.length + stored.length + 4;
        keyBytesMax = Math.max(keyBytesMax, key.length);
        storedBytesMax = Math.max(storedBytesMax, stored.length);
        if (StoredValue.isTombstone(stored)) {
            tombstones++;
        } else if (StoredValue.isPointer(stored)) {
            StoredValue.Pointer pointer = StoredValue.pointer(stored);
            liveValueBytes.merge(pointer.file(), ValueFile.footprint(pointer.length()), Long::sum);
        }
    }

    @Override
    public int entries() {
        return entries;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public boolean isFull() {
        return bytes >= DATA_BYTES_MAX || entries >= ENTRIES_MAX;
    }

    @Override
    public SortedMapTable finish(LongFunction<ValueFile> files) throws IOException {
        SortedTableMap<byte[], byte[]> map = sink.create();
        int openingCheck = volume.endOpening();
        BloomFilter heap = BloomFilter.of(hashes, entries, bloomBitsPerKey);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.bytes().capacity());
        direct.put(heap.bytes().clear()).flip();
        TableIndex index = new TableIndex(number, entries, tombstones, shape.pageBytes(), keyBytesMax, storedBytesMax,
            openingCheck, firstKey, lastKey, liveValueBytes, volume.pageChecks(), new BloomFilter(direct));
        index.write(directory.resolve(TableIndex.nameOf(number)), disk);
        return new SortedMapTable(directory, disk, index, volume, map, files);
    }

    @Override
    public void abandon() throws IOException {
        volume.abandon();
        disk.delete(directory.resolve(TableIndex.nameOf(number)));
    }
}
