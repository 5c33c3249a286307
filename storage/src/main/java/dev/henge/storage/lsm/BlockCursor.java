package dev.henge.storage.lsm;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A walk over a {@link BlockTable}, either way. Where it ends is found once, as a place, so that a step compares no
 * keys; a key or value is read when it is asked for.
 */
final class BlockCursor implements Table.StoredCursor {

    /** From so many blocks on a walk is taken for a long one. */
    private static final int LONG_WALK_BLOCKS = 4;

    private final BlockTable table;
    private final BlockFile file;
    private final ByteBuffer map;
    private final byte[] from;
    private final byte[] to;
    private final boolean reverse;
    private boolean started;
    /** The block we are in, and the blocks and, in them, the entries (exclusive) between which we stay. */
    private int block;
    /** How many blocks a walk forward has entered, and from which place on it asks for more to be read ahead. */
    private int entered;
    private int readAheadFrom;
    private int firstBlock;
    private int lastBlock;
    private int at;
    private int low;
    private int high;
    /** The block's parts in the mapping. */
    private int offsets;
    private int entries;
    private int count;
    private int prefix;
    private int blockEnd;
    /** The entry's parts. */
    private byte[] key = new byte[64];
    private boolean hasPrefix;
    private boolean hasKey;
    private int keyLength;
    private int suffix;
    private int body;

    BlockCursor(BlockTable table, BlockFile file, byte[] from, byte[] to, boolean reverse) {
        this.table = table;
        this.file = file;
        this.map = file.map;
        this.from = from;
        this.to = to;
        this.reverse = reverse;
    }

    @Override
    public boolean next() {
        try {
            hasKey = false;
            if (!started) {
                started = true;
                start();
            }
            if (reverse) {
                at--;
                while (at <= low) {
                    if (block <= firstBlock) {
                        at = low;
                        return false;
                    }
                    enter(block - 1);
                    at = high - 1;
                }
            } else {
                at++;
                while (at >= high) {
                    if (block >= lastBlock) {
                        at = high;
                        return false;
                    }
                    enter(block + 1);
                    at = low + 1;
                }
            }
            return true;
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }

    /** Stands before the first entry, in its block or in none. */
    private void start() {
        firstBlock = from == null ? 0 : Math.max(0, file.blockOf(from, from.length));
        lastBlock = to == null ? file.blocks() - 1 : file.blockBelow(to, to.length);
        if (firstBlock > lastBlock) {
            block = firstBlock;
            lastBlock = firstBlock;
            low = -1;
            high = 0;
        } else {
            enter(reverse ? lastBlock : firstBlock);
        }
        at = reverse ? high : low;
    }

    private void enter(int number) {
        if (!reverse && ++entered > LONG_WALK_BLOCKS) {
            readAhead(number);
        }
        int start = file.block(number);
        block = number;
        count = map.getShort(start + 4) & 0xFFFF;
        prefix = map.getShort(start + 6) & 0xFFFF;
        offsets = start + BlockFormat.BLOCK_HEAD_BYTES + count;
        entries = offsets + 2 * count + prefix;
        blockEnd = start + map.getInt(start);
        file.touch(start, blockEnd);
        hasPrefix = false;
        low = from != null && number == firstBlock ? countBelow(from) - 1 : -1;
        high = to != null && number == lastBlock ? countBelow(to) : count;
    }

    private void readAhead(int number) {
        int place = file.placeOf(number);
        if (place >= readAheadFrom) {
            readAheadFrom = file.readAhead(place);
        }
    }

    /** How many entries of the block are below a key. */
    private int countBelow(byte[] bound) {
        int shared = Math.min(prefix, bound.length);
        int order = BlockBytes.compare(map, entries - prefix, prefix, bound, 0, shared);
        if (order != 0) {
            return order < 0 ? count : 0;
        }
        int below = 0;
        int above = count;
        while (below < above) {
            int middle = below + above >>> 1;
            readSuffix(middle);
            if (BlockBytes.compare(map, suffix, body - suffix, bound, prefix, bound.length) < 0) {
                below = middle + 1;
            } else {
                above = middle;
            }
        }
        return below;
    }

    /** Finds the parts of an entry. */
    private void readSuffix(int number) {
        int position = entries + (map.getShort(offsets + 2 * number) & 0xFFFF);
        int length = map.get(position++);
        for (int shift = 7, more = length; more < 0; shift += 7) {
            more = map.get(position++);
            length = length & (1 << shift) - 1 | more << shift;
        }
        suffix = position;
        body = position + length;
        keyLength = prefix + length;
    }

    private void find() {
        if (!hasKey) {
            readSuffix(at);
            if (key.length < keyLength) {
                key = Arrays.copyOf(key, Math.max(keyLength, 2 * key.length));
            }
            if (!hasPrefix) {
                map.get(entries - prefix, key, 0, prefix);
                hasPrefix = true;
            }
            map.get(suffix, key, prefix, keyLength - prefix);
            hasKey = true;
        }
    }

    private int bodyEnd() {
        return at + 1 < count ? entries + (map.getShort(offsets + 2 * at + 2) & 0xFFFF) : blockEnd;
    }

    @Override
    public byte[] keyBytes() {
        read();
        return key;
    }

    private void read() {
        try {
            find();
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }

    @Override
    public int keyLength() {
        read();
        return keyLength;
    }

    @Override
    public byte[] key() {
        read();
        return Arrays.copyOf(key, keyLength);
    }

    @Override
    public byte kind() {
        read();
        return map.get(body);
    }

    @Override
    public int bodyLength() {
        read();
        return bodyEnd() - body - 1;
    }

    @Override
    public void copyBody(byte[] into, int offset) {
        read();
        try {
            map.get(body + 1, into, offset, bodyEnd() - body - 1);
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }

    @Override
    public byte[] value() {
        read();
        try {
            byte kind = map.get(body);
            return kind == StoredValue.TOMBSTONE_KIND ? null : table.value(kind, body + 1, bodyEnd(), key, keyLength);
        } catch (InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw file.fault(e);
        }
    }
}
