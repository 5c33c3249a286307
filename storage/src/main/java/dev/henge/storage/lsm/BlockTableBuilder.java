package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.zip.CRC32C;

/**
 * A {@link BlockTable} in the making. The blocks go to the disk as they fill; what is kept until the end is eight
 * bytes an entry for the filter, and a block's fence and separator.
 */
final class BlockTableBuilder implements TableBuilder {

    /** A table is full at any of these. */
    static final long DATA_BYTES_MAX = 256L << 20;
    static final int ENTRIES_MAX = 2 << 20;
    static final int SEPARATOR_BYTES_MAX = 8 << 20;
    /** What goes to the disk at once. */
    static final int WRITE_BYTES = 256 << 10;

    private final Path directory;
    private final Path path;
    private final Disk disk;
    private final long number;
    private final int bloomBitsPerKey;
    private final Disk.DiskFile file;
    private final ByteBuffer out = ByteBuffer.allocateDirect(WRITE_BYTES);
    private final BlockBuffer block = new BlockBuffer();
    private final Map<Long, Long> liveValueBytes = new TreeMap<>();
    private byte[] fences = new byte[64 * BlockFormat.FENCE_BYTES];
    private byte[] separators = new byte[1024];
    private int separatorBytes;
    private int blocks;
    private int offset;
    private long[] hashes = new long[1024];
    private int entries;
    private long tombstones;
    private int keyBytesMax;
    private int storedBytesMax;
    private byte[] firstKey;
    private byte[] lastKey = new byte[64];
    private int lastKeyLength;
    private int[] checks = new int[16];
    private int chunks;
    private int chunkBytes;
    private final CRC32C chunk = new CRC32C();

    BlockTableBuilder(Path directory, Disk disk, long number, int bloomBitsPerKey) throws IOException {
        this.directory = directory;
        this.path = directory.resolve(BlockTable.nameOf(number));
        this.disk = disk;
        this.number = number;
        this.bloomBitsPerKey = bloomBitsPerKey;
        this.file = disk.open(path);
        file.truncate(0);
    }

    @Override
    public void add(byte[] key, int keyLength, byte kind, byte[] body, int bodyOffset, int bodyLength)
            throws IOException {
        int shared = BlockFormat.commonPrefix(lastKey, lastKeyLength, key, keyLength);
        boolean ascends = firstKey == null || shared < keyLength
            && (shared == lastKeyLength || (key[shared] & 0xFF) > (lastKey[shared] & 0xFF));
        if (!ascends) {
            throw new IllegalArgumentException("the keys do not ascend");
        }
        if (block.count() > 0 && isToBeClosedBefore(key, keyLength, bodyLength)) {
            closeBlock(false);
        }
        if (block.count() == 0) {
            beginBlock(key, keyLength, shared);
        }
        long hash = KeyHash.of(key, 0, keyLength);
        block.add(key, keyLength, (byte) hash, kind, body, bodyOffset, bodyLength);
        if (entries == hashes.length) {
            hashes = Arrays.copyOf(hashes, entries * 2);
        }
        hashes[entries++] = hash;
        if (lastKey.length < keyLength) {
            lastKey = new byte[Math.max(keyLength, 2 * lastKey.length)];
        }
        System.arraycopy(key, 0, lastKey, 0, keyLength);
        lastKeyLength = keyLength;
        keyBytesMax = Math.max(keyBytesMax, keyLength);
        storedBytesMax = Math.max(storedBytesMax, 1 + bodyLength);
        if (kind == StoredValue.TOMBSTONE_KIND) {
            tombstones++;
        } else if (StoredValue.isPointer(kind)) {
            StoredValue.Pointer pointer = StoredValue.pointer(body, bodyOffset);
            liveValueBytes.merge(pointer.file(), ValueFile.footprint(pointer.length()), Long::sum);
        }
    }

    /**
     * A block ends at a page's edge where that wastes little, so that to read it takes one page; else it is filled up
     * to the size that is wanted, wherever the edge falls.
     */
    private boolean isToBeClosedBefore(byte[] key, int keyLength, int bodyLength) {
        int size = block.sizeWith(key, keyLength, bodyLength);
        if (size > BlockFormat.BLOCK_BYTES) {
            return true;
        }
        int room = BlockFormat.PAGE_BYTES - (offset & BlockFormat.PAGE_BYTES - 1);
        return size > room && room - block.size() <= BlockFormat.WASTE_BYTES_MAX && room - block.size() >= 0;
    }

    /** Its separator is the shortest key above the last block that is not above this one. */
    private void beginBlock(byte[] key, int keyLength, int sharedWithLast) {
        int separator = sharedWithLast + 1;
        if (firstKey == null) {
            firstKey = Arrays.copyOf(key, keyLength);
            separator = keyLength;
        }
        addFence(BlockFormat.fenceOf(key, 0, separator), offset);
        if (separators.length < separatorBytes + separator) {
            separators = Arrays.copyOf(separators, Math.max(separatorBytes + separator, 2 * separators.length));
        }
        System.arraycopy(key, 0, separators, separatorBytes, separator);
        separatorBytes += separator;
        blocks++;
    }

    private void addFence(long fence, int blockOffset) {
        int at = blocks * BlockFormat.FENCE_BYTES;
        if (at == fences.length) {
            fences = Arrays.copyOf(fences, 2 * at);
        }
        BlockFormat.putLong(fences, at, fence);
        BlockFormat.putInt(fences, at + 8, blockOffset);
        BlockFormat.putInt(fences, at + 12, separatorBytes);
    }

    private void closeBlock(boolean last) throws IOException {
        int size = block.size();
        int edge = BlockFormat.roundUp(offset + size, BlockFormat.PAGE_BYTES) - offset;
        int length = edge - size <= BlockFormat.WASTE_BYTES_MAX ? edge
            : last ? BlockFormat.roundUp(offset + size, BlockFormat.META_ALIGNMENT) - offset : size;
        block.close(length);
        write(block.bytes(), length);
        block.clear();
    }

    private void write(byte[] bytes, int length) throws IOException {
        if (offset > Integer.MAX_VALUE - length - 1) {
            throw new IOException(path + " would grow above 2 GiB");
        }
        offset += length;
        for (int from = 0; from < length;) {
            int part = Math.min(length - from, out.remaining());
            out.put(bytes, from, part);
            from += part;
            if (!out.hasRemaining()) {
                flush();
            }
        }
    }

    private void flush() throws IOException {
        out.flip();
        file.append(out);
        out.clear();
    }

    /** Writes a part that is checked in chunks. */
    private void writeMeta(byte[] bytes, int length) throws IOException {
        write(bytes, length);
        for (int from = 0; from < length;) {
            int part = Math.min(length - from, BlockFormat.CHUNK_BYTES - chunkBytes);
            chunk.update(bytes, from, part);
            chunkBytes += part;
            from += part;
            if (chunkBytes == BlockFormat.CHUNK_BYTES) {
                endChunk();
            }
        }
    }

    private void endChunk() {
        if (chunks == checks.length) {
            checks = Arrays.copyOf(checks, 2 * chunks);
        }
        checks[chunks++] = (int) chunk.getValue();
        chunk.reset();
        chunkBytes = 0;
    }

    @Override
    public int entries() {
        return entries;
    }

    @Override
    public long bytes() {
        return offset + (long) block.size();
    }

    @Override
    public boolean isFull() {
        return bytes() >= DATA_BYTES_MAX || entries >= ENTRIES_MAX || separatorBytes >= SEPARATOR_BYTES_MAX;
    }

    @Override
    public BlockTable finish(LongFunction<ValueFile> files) throws IOException {
        closeBlock(true);
        int filterOffset = offset;
        byte[] filter = BloomFilter.of(hashes, entries, bloomBitsPerKey).array();
        hashes = null;
        writeMeta(filter, filter.length);
        int fencesOffset = offset;
        addFence(-1L, filterOffset); // the end of the last block, and of the last separator
        writeMeta(fences, (blocks + 1) * BlockFormat.FENCE_BYTES);
        int groupsOffset = offset;
        BlockGroups groups = BlockGroups.of(fences, blocks, separators);
        writeMeta(groups.bytes(), groups.bytes().length);
        int separatorsOffset = offset;
        writeMeta(separators, separatorBytes);
        if (chunkBytes > 0) {
            endChunk();
        }
        BlockProperties properties = new BlockProperties(number, entries, tombstones, keyBytesMax, storedBytesMax,
            firstKey, Arrays.copyOf(lastKey, lastKeyLength), liveValueBytes, Arrays.copyOf(checks, chunks), blocks,
            groups.count(), filterOffset, fencesOffset, groupsOffset, separatorsOffset, offset);
        byte[] tail = properties.encode();
        write(tail, tail.length);
        flush();
        file.force();
        file.close();
        return BlockTable.open(directory, disk, number, files);
    }

    @Override
    public void abandon() throws IOException {
        file.close();
        disk.delete(path);
    }
}
