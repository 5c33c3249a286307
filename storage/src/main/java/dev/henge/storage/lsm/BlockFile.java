package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The mapped file of a {@link BlockTable}: finds the block of a key, and checks every part before its first use.
 *
 * <p>Threads: any may read. Two that touch a part at once both check it; a mark that one of them loses only means
 * that the part is checked again.
 *
 * <p>A part is copied to the heap to be checked. After a disk's fault under such a copy the bytes are not those of the
 * checksum, and the virtual machine raises an InternalError; a fault under the checksum's own machine code would end
 * the process.
 */
final class BlockFile {

    private static final int FENCE_SHIFT = 4;
    private static final int TAIL_SHIFT = 3;

    /** How far ahead a long walk has its data read. */
    private static final int READ_AHEAD_BYTES = 1 << 20;

    final ByteBuffer map;
    final BlockProperties properties;
    private final Path path;
    private final Disk disk;
    private final BloomFilter filter;
    private final int blocks;
    private final int filterOffset;
    private final int fencesOffset;
    private final int groups;
    private final int groupsOffset;
    private final int separatorsOffset;
    private final long firstFence;
    private final double blocksPerFence;
    private final long[] soundBlocks;
    private final long[] soundChunks;
    /** Once true, no chunk needs a look. */
    private boolean allChunksSound;
    /** Offsets of the parts that were found damaged. */
    private final Set<Long> damaged = ConcurrentHashMap.newKeySet();

    private BlockFile(Path path, Disk disk, ByteBuffer map, BlockProperties properties) {
        this.path = path;
        this.disk = disk;
        this.map = map;
        this.properties = properties;
        this.blocks = properties.blocks();
        this.filterOffset = properties.filterOffset();
        this.fencesOffset = properties.fencesOffset();
        this.groups = properties.groups();
        this.groupsOffset = properties.groupsOffset();
        this.separatorsOffset = properties.separatorsOffset();
        this.filter = new BloomFilter(map.slice(filterOffset, fencesOffset - filterOffset));
        this.soundBlocks = new long[(blocks + 63) / 64];
        this.soundChunks = new long[(properties.chunkChecks().length + 63) / 64];
        byte[] first = properties.firstKey();
        byte[] last = properties.lastKey();
        this.firstFence = BlockFormat.fenceOf(first, 0, first.length) >>> 1;
        long span = (BlockFormat.fenceOf(last, 0, last.length) >>> 1) - firstFence;
        this.blocksPerFence = span == 0 ? 0 : (double) blocks / span;
    }

    /** Opens a file; reads and checks its properties, and nothing else. */
    static BlockFile open(Path path, Disk disk, long number) throws IOException {
        long bytes = sizeOf(path, disk);
        if (bytes < BlockFormat.FOOTER_BYTES || bytes > Integer.MAX_VALUE) {
            throw new CorruptTableException(path, "it has " + bytes + " bytes");
        }
        ByteBuffer map = disk.map(path, 0, bytes);
        PageAdvice.random(map);
        try {
            byte[] footer = new byte[BlockFormat.FOOTER_BYTES];
            map.get((int) bytes - footer.length, footer);
            byte[] tail = new byte[BlockProperties.tailBytes(path, footer, bytes)];
            map.get((int) bytes - tail.length, tail);
            return new BlockFile(path, disk, map, BlockProperties.decode(path, number, tail));
        } catch (InternalError e) {
            disk.unmap(map);
            throw new CorruptTableException(path, "the disk does not give its properties: " + e.getMessage());
        } catch (RuntimeException e) {
            disk.unmap(map);
            throw e;
        }
    }

    private static long sizeOf(Path path, Disk disk) throws IOException {
        try (Disk.DiskFile file = disk.open(path)) {
            return file.size();
        }
    }

    int blocks() {
        return blocks;
    }

    long bytes() {
        return map.capacity();
    }

    Path path() {
        return path;
    }

    int damages() {
        return damaged.size();
    }

    void close() {
        disk.unmap(map);
    }

    // ---- the filter

    boolean mayContain(long keyHash) {
        int at = filter.blockOf(keyHash);
        if (!allChunksSound) {
            checkChunks(filterOffset + at, BloomFilter.BLOCK_BYTES);
        }
        return filter.mayContain(keyHash, at);
    }

    // ---- from a key to its block

    /** The last block that starts at or below the key; -1 if all start above it. */
    int blockOf(byte[] key, int keyLength) {
        long fence = BlockFormat.fenceOf(key, 0, keyLength);
        double guess = ((fence >>> 1) - firstFence) * blocksPerFence;
        int block = search(fencesOffset, FENCE_SHIFT, 0, blocks, fence, guess);
        if (block < 0 || fence(block) != fence) {
            return block;
        }
        boolean alone = (block == 0 || fence(block - 1) != fence)
            && (block + 1 == blocks || fence(block + 1) != fence);
        int group = alone ? -1 : groupAround(block);
        return group < 0 ? amongEqual(block, fence, key, keyLength) : inGroup(group, key, keyLength);
    }

    /** The last block that may have keys below this one; -1 if none has. */
    int blockBelow(byte[] key, int keyLength) {
        int block = blockOf(key, keyLength);
        return block >= 0 && compareSeparator(block, key, keyLength) == 0 ? block - 1 : block;
    }

    /**
     * Of ascending numbers in the file the last, between two places, that is at or below a bound; the place before the
     * first if none is. If one is equal to the bound, it may be any such one. Disk keys begin with a slot and a hash,
     * so that a fence's place in the table can be guessed to within the square root of their count: we start there.
     */
    private int search(int base, int shift, int from, int to, long bound, double guess) {
        int step = 1 + (int) Math.sqrt(to - from) / 4;
        int low = (int) Math.max(from, Math.min(to - 1, guess));
        int high = low;
        int order = compare(base, shift, low, bound);
        if (order <= 0) {
            do {
                if (order == 0) {
                    return high;
                }
                low = high;
                high = high >= to - step ? to : high + step;
                step <<= 1;
            } while (high < to && (order = compare(base, shift, high, bound)) <= 0);
        } else {
            do {
                high = low;
                low = low < from + step ? from - 1 : low - step;
                step <<= 1;
            } while (low >= from && (order = compare(base, shift, low, bound)) > 0);
        }
        while (high - low > 1) {
            int middle = low + high >>> 1;
            order = compare(base, shift, middle, bound);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int compare(int base, int shift, int number, long bound) {
        int at = base + (number << shift);
        if (!allChunksSound) {
            checkChunks(at, 8);
        }
        return Long.compareUnsigned(map.getLong(at), bound);
    }

    /** The group that a block belongs to, or -1: few blocks of one fence are no group. */
    private int groupAround(int block) {
        int low = -1;
        int high = groups;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (groupInt(middle, 0) <= block) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low >= 0 && block < groupInt(low, 0) + groupInt(low, 1) ? low : -1;
    }

    private int groupInt(int group, int field) {
        int at = groupsOffset + group * BlockFormat.GROUP_BYTES;
        if (!allChunksSound) {
            checkChunks(at, BlockFormat.GROUP_BYTES);
        }
        return map.getInt(at + 4 * field);
    }

    /** The block of a key that has the fence of a group: by the tails. */
    private int inGroup(int group, byte[] key, int keyLength) {
        int first = groupInt(group, 0);
        int count = groupInt(group, 1);
        int depth = groupInt(group, 2);
        int shared = Math.min(depth, keyLength);
        int order = BlockBytes.compare(map, separatorAt(first + 1, depth), depth, key, 0, shared);
        if (order < 0) {
            return first + count - 1;
        }
        int block = first;
        if (order == 0) {
            int tails = groupsOffset + groups * BlockFormat.GROUP_BYTES
                + (groupInt(group, 3) - first) * BlockFormat.TAIL_BYTES;
            long tail = BlockFormat.fenceOf(key, depth, keyLength);
            block = search(tails, TAIL_SHIFT, first + 1, first + count, tail, guessIn(tails, first, count, tail));
            if (block > first && map.getLong(tails + (block << TAIL_SHIFT)) != tail) {
                return block;
            }
        }
        return amongEqual(block, fence(first), key, keyLength);
    }

    private double guessIn(int tails, int first, int count, long tail) {
        if (!allChunksSound) {
            checkChunks(tails + (first << TAIL_SHIFT), count << TAIL_SHIFT);
        }
        long low = map.getLong(tails + (first + 1 << TAIL_SHIFT)) >>> 1;
        long high = map.getLong(tails + (first + count - 1 << TAIL_SHIFT)) >>> 1;
        return first + 1 + (double) ((tail >>> 1) - low) / Math.max(1, high - low) * (count - 2);
    }

    /** The block of a key among those of its fence, from any of them on: the separators decide. */
    private int amongEqual(int start, long fence, byte[] key, int keyLength) {
        int step = 1;
        int low = start;
        int high = start + 1;
        if (isAtOrBelow(start, fence, key, keyLength)) {
            while (high < blocks && isAtOrBelow(high, fence, key, keyLength)) {
                low = high;
                high = high >= blocks - step ? blocks : high + step;
                step <<= 1;
            }
        } else {
            do {
                high = low;
                low = Math.max(-1, low - step);
                step <<= 1;
            } while (low >= 0 && !isAtOrBelow(low, fence, key, keyLength));
        }
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (isAtOrBelow(middle, fence, key, keyLength)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Whether a block starts at or below a key of this fence. */
    private boolean isAtOrBelow(int block, long fence, byte[] key, int keyLength) {
        int order = Long.compareUnsigned(fence(block), fence);
        return order < 0 || order == 0 && compareSeparator(block, key, keyLength) <= 0;
    }

    private int fenceAt(int block) {
        int at = fencesOffset + block * BlockFormat.FENCE_BYTES;
        if (!allChunksSound) {
            checkChunks(at, BlockFormat.FENCE_BYTES);
        }
        return at;
    }

    private long fence(int block) {
        return map.getLong(fenceAt(block));
    }

    private int compareSeparator(int block, byte[] key, int keyLength) {
        int length = map.getInt(fenceAt(block + 1) + 12) - map.getInt(fenceAt(block) + 12);
        return BlockBytes.compare(map, separatorAt(block, length), length, key, 0, keyLength);
    }

    /** Where a separator begins; that many bytes of it are checked. */
    private int separatorAt(int block, int length) {
        int at = separatorsOffset + map.getInt(fenceAt(block) + 12);
        if (!allChunksSound) {
            checkChunks(at, length);
        }
        return at;
    }

    private byte[] separator(int block) {
        int from = separatorsOffset + map.getInt(fenceAt(block) + 12);
        byte[] separator = new byte[separatorsOffset + map.getInt(fenceAt(block + 1) + 12) - from];
        checkChunks(from, separator.length);
        map.get(from, separator);
        return separator;
    }

    // ---- checking

    /** Where a block begins; not checked. */
    int placeOf(int number) {
        return map.getInt(fenceAt(number) + 8);
    }

    /** Where a block begins; checked. */
    int block(int number) {
        int start = placeOf(number);
        if ((soundBlocks[number >>> 6] & 1L << number) == 0) {
            checkBlock(number, start);
        }
        return start;
    }

    private void checkBlock(int number, int start) {
        int length = map.getInt(fenceAt(number + 1) + 8) - start;
        byte[] bytes = new byte[length];
        int page = start & -BlockFormat.PAGE_BYTES;
        if (start + length - page > BlockFormat.PAGE_BYTES) {
            PageAdvice.willNeed(map, page, start + length - page); // one read of the disk, not one a page
        }
        Supplier<String> what = () -> "block " + number + " at offset " + start;
        try {
            map.get(start, bytes);
        } catch (InternalError e) {
            throw damage(start, number, "the disk does not give " + what.get() + ": " + e.getMessage());
        }
        int check = length - BlockFormat.CRC_BYTES;
        if (map.getInt(start + check) != LogSegment.crc(bytes, 0, check)) {
            throw damage(start, number, "the checksum of " + what.get() + " does not match");
        }
        soundBlocks[number >>> 6] |= 1L << number;
    }

    private void checkChunks(int from, int length) {
        int last = from + length - 1 - filterOffset >> BlockFormat.CHUNK_SHIFT;
        for (int chunk = from - filterOffset >> BlockFormat.CHUNK_SHIFT; chunk <= last; chunk++) {
            if ((soundChunks[chunk >>> 6] & 1L << chunk) == 0) {
                checkChunk(chunk);
            }
        }
    }

    private void checkChunk(int chunk) {
        int from = filterOffset + (chunk << BlockFormat.CHUNK_SHIFT);
        byte[] bytes = new byte[Math.min(BlockFormat.CHUNK_BYTES, properties.propertiesOffset() - from)];
        try {
            map.get(from, bytes);
        } catch (InternalError e) {
            throw damage(from, -1, "the disk does not give the index at offset " + from + ": " + e.getMessage());
        }
        if (LogSegment.crc(bytes, 0, bytes.length) != properties.chunkChecks()[chunk]) {
            throw damage(from, -1, "the checksum of the index at offset " + from + " does not match");
        }
        soundChunks[chunk >>> 6] |= 1L << chunk;
        allChunksSound = areAllSound(properties.chunkChecks().length);
    }

    private boolean areAllSound(int chunks) {
        for (int chunk = 0; chunk < chunks; chunk++) {
            if ((soundChunks[chunk >>> 6] & 1L << chunk) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Checks all that look-ups need besides blocks. */
    void warm() {
        int from = filterOffset & -BlockFormat.PAGE_BYTES;
        PageAdvice.willNeed(map, from, properties.propertiesOffset() - from);
        checkChunks(filterOffset, properties.propertiesOffset() - filterOffset);
    }

    /** The damage of one block; of all keys, where it is the index (-1) that is damaged. */
    private CorruptTableException damage(int offset, int block, String what) {
        damaged.add((long) offset);
        byte[] last = properties.lastKey();
        byte[] from = properties.firstKey();
        byte[] to = BlockFormat.after(last, last.length);
        if (block >= 0) {
            from = separator(block);
            to = block + 1 < blocks ? separator(block + 1) : to;
        }
        return new CorruptTableException(path, offset, from, to, what);
    }

    /** Asks for the data behind a place that a walk has come to, up to a window's end; returns where to ask again. */
    int readAhead(int from) {
        int start = from & -BlockFormat.PAGE_BYTES;
        int end = (int) Math.min((long) start + READ_AHEAD_BYTES, filterOffset);
        PageAdvice.willNeed(map, start, end - start);
        return start + READ_AHEAD_BYTES / 2;
    }

    /**
     * What an InternalError under a look-up means: the disk did not give a page that was there before. The wrong
     * numbers that follow may lead out of the file first. The machine raises the error some time after the fault: it
     * may well come when the look-up is over, and then it is the owner's.
     */
    CorruptTableException fault(Throwable error) {
        damaged.add(-1L);
        byte[] last = properties.lastKey();
        return new CorruptTableException(path, 0, properties.firstKey(), BlockFormat.after(last, last.length),
            "the disk does not give a page of it: " + error);
    }

    /** A value that an entry of this table points to cannot be read: says which key it is. */
    CorruptTableException valueDamage(CorruptTableException damage, byte[] key, int keyLength) {
        return new CorruptTableException(damage.file(), damage.offset(), Arrays.copyOf(key, keyLength),
            BlockFormat.after(key, keyLength), damage.getMessage());
    }
}
