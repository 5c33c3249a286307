package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;

/**
 * A {@link Table} in a file of our own, read through a mapping. Besides a bit a block and a number a 64 KiB of filter
 * and index, nothing of it lies on the heap.
 *
 * <pre>
 * table : block* | filter | fence * (blocks + 1) | separator * blocks | properties | footer
 * block : entries' end u32 | count u16 | prefix length u16 | tag u8 * count | offset u16 * count | prefix | entry*
 *         | zeros | CRC-32C u32
 * entry : suffix length varint | suffix | kind u8 | body
 * fence : the separator's first 8 bytes | block's offset u32 | separator's offset u32
 * </pre>
 *
 * <p>A look-up goes
 * <ol>
 * <li>to the {@link BloomFilter}, one cache line, where misses end;
 * <li>to the fences: the first eight bytes of each block's separator, a key above all of the block before and not
 *     above any of its own. Where they are evenly spread the place is guessed (Perl, Itai, Avni, "Interpolation search:
 *     a log log N search", 1978) and then found by doubled steps and halving; where many are equal, the separators
 *     decide;
 * <li>to the block, where eight one-byte tags at a time are compared with that of the key's hash, in one word
 *     (Lamport, "Multiple byte processing with full-word instructions", 1975), so that mostly one entry is looked at.
 * </ol>
 *
 * <p>A block of small entries ends at a page's edge where that wastes little: a cold look-up reads one page of data.
 */
final class BlockTable implements Table {

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long LOW_BITS = 0x7F7F7F7F7F7F7F7FL;

    private final BlockFile file;
    private final ByteBuffer map;
    private final Disk disk;
    private final ValueLinks links;
    private final byte[] firstKey;
    private final byte[] lastKey;
    private final AtomicInteger holders = new AtomicInteger();
    private volatile boolean retired;

    private BlockTable(Disk disk, BlockFile file, ValueLinks links) {
        this.disk = disk;
        this.file = file;
        this.map = file.map;
        this.links = links;
        this.firstKey = file.properties.firstKey();
        this.lastKey = file.properties.lastKey();
    }

    static String nameOf(long number) {
        return String.format("table-%016x.hblk", number);
    }

    static BlockTable open(Path directory, Disk disk, long number, LongFunction<ValueFile> files) throws IOException {
        BlockFile file = BlockFile.open(directory.resolve(nameOf(number)), disk, number);
        try {
            return new BlockTable(disk, file, new ValueLinks(file.properties.liveValueBytes(), files));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    // ---- look-ups

    @Override
    public boolean mayContain(byte[] key, int keyLength, long keyHash) {
        try {
            return Arrays.compareUnsigned(key, 0, keyLength, firstKey, 0, firstKey.length) >= 0
                && Arrays.compareUnsigned(key, 0, keyLength, lastKey, 0, lastKey.length) <= 0
                && file.mayContain(keyHash);
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }

    @Override
    public boolean get(byte[] key, int keyLength, long keyHash, FoundValue into) {
        try {
            int block = file.blockOf(key, keyLength);
            boolean there = block >= 0 && getFrom(file.block(block), key, keyLength, keyHash, into);
            file.raiseFaults();
            return there;
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }

    private boolean getFrom(int block, byte[] key, int keyLength, long keyHash, FoundValue into) {
        int count = map.getShort(block + 4) & 0xFFFF;
        int tags = block + BlockFormat.BLOCK_HEAD_BYTES;
        long tag = (keyHash & 0xFF) * EACH_BYTE;
        for (int i = 0; i < count; i += 8) {
            long other = map.getLong(tags + i) ^ tag;
            // the top bit of each byte that is zero, and of no other
            long equal = ~((other & LOW_BITS) + LOW_BITS | other | LOW_BITS);
            while (equal != 0) {
                int at = Long.numberOfLeadingZeros(equal) >>> 3;
                if (i + at >= count) {
                    return false;
                }
                if (getEntry(block, count, i + at, key, keyLength, into)) {
                    return true;
                }
                equal &= ~(1L << 63 - 8 * at);
            }
        }
        return false;
    }

    private boolean getEntry(int block, int count, int number, byte[] key, int keyLength, FoundValue into) {
        int prefix = map.getShort(block + 6) & 0xFFFF;
        int offsets = block + BlockFormat.BLOCK_HEAD_BYTES + count;
        int entries = offsets + 2 * count + prefix;
        int at = entries + (map.getShort(offsets + 2 * number) & 0xFFFF);
        int suffix = map.get(at++);
        for (int shift = 7, more = suffix; more < 0; shift += 7) {
            more = map.get(at++);
            suffix = suffix & (1 << shift) - 1 | more << shift;
        }
        if (prefix + suffix != keyLength || !BlockBytes.equal(map, at, key, prefix, keyLength)
                || !BlockBytes.equal(map, entries - prefix, key, 0, prefix)) {
            return false;
        }
        at += suffix;
        int end = number + 1 < count ? entries + (map.getShort(offsets + 2 * number + 2) & 0xFFFF)
            : block + map.getInt(block);
        byte kind = map.get(at);
        into.set(kind, kind == StoredValue.TOMBSTONE_KIND ? null : value(kind, at + 1, end, key, keyLength));
        return true;
    }

    /** A copy of what a body that is no tombstone's is or points to. */
    byte[] value(byte kind, int from, int end, byte[] key, int keyLength) {
        byte[] body = new byte[end - from];
        map.get(from, body);
        if (!StoredValue.isPointer(kind)) {
            return body;
        }
        try {
            return links.read(StoredValue.pointer(body, 0));
        } catch (CorruptTableException e) {
            throw file.valueDamage(e, key, keyLength);
        }
    }

    @Override
    public StoredCursor scan(byte[] from, byte[] to, boolean reverse) {
        return new BlockCursor(this, file, from, to, reverse);
    }

    @Override
    public void warm() {
        try {
            file.warm();
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }

    // ---- what it is

    @Override
    public long number() {
        return file.properties.number();
    }

    @Override
    public TableKind kind() {
        return TableKind.BLOCK;
    }

    @Override
    public List<Path> files() {
        return List.of(file.path());
    }

    @Override
    public long entries() {
        return file.properties.entries();
    }

    @Override
    public long tombstones() {
        return file.properties.tombstones();
    }

    @Override
    public long bytes() {
        return file.bytes();
    }

    @Override
    public byte[] firstKey() {
        return firstKey;
    }

    @Override
    public byte[] lastKey() {
        return lastKey;
    }

    @Override
    public int keyBytesMax() {
        return file.properties.keyBytesMax();
    }

    @Override
    public int storedBytesMax() {
        return file.properties.storedBytesMax();
    }

    @Override
    public Map<ValueFile, Long> liveValueBytes() {
        return links.liveBytes();
    }

    @Override
    public int damages() {
        return file.damages();
    }

    // ---- its end

    @Override
    public void hold() {
        holders.incrementAndGet();
    }

    @Override
    public void release() throws IOException {
        if (holders.decrementAndGet() > 0) {
            return;
        }
        file.close();
        if (retired) {
            disk.delete(file.path());
        }
        links.release();
    }

    @Override
    public void retire() {
        retired = true;
    }
}
