package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The blocks of a {@link BlockTable}, found by its fences. */
final class FencedBlocks implements TableBlocks {

    private final BlockFile file;
    /** Offsets of the parts of the index that were told already: many blocks may hang on one. */
    private final Set<Long> told = new HashSet<>();
    private boolean begun;
    private int block;

    FencedBlocks(BlockFile file) {
        this.file = file;
    }

    @Override
    public Block next() {
        if (!begun) {
            begun = true;
            try {
                file.warm();
            } catch (CorruptTableException e) {
                told.add(e.offset());
                return bad(e);
            } catch (InternalError e) {
                return bad(file.fault(e));
            }
        }
        while (block < file.blocks()) {
            int number = block++;
            try {
                int start = file.block(number);
                List<Entry> entries = new ArrayList<>();
                String fault = read(start, entries);
                return new Block(file.path(), start, number == 0 ? (int) file.bytes() : 0, fault,
                    fault == null ? entries : List.of());
            } catch (CorruptTableException e) {
                if (told.add(e.offset())) {
                    return bad(e);
                }
            } catch (InternalError e) {
                return bad(file.fault(e));
            }
        }
        return null;
    }

    private Block bad(CorruptTableException e) {
        String message = e.getMessage();
        return new Block(file.path(), e.offset(), 0, message.substring(message.indexOf(": ") + 2), List.of());
    }

    /** Reads a sound block's entries; returns what is wrong with its form, or null. */
    private String read(int start, List<Entry> into) {
        ByteBuffer map = file.map;
        int end = start + map.getInt(start);
        int count = map.getShort(start + 4) & 0xFFFF;
        int prefix = map.getShort(start + 6) & 0xFFFF;
        int tags = start + BlockFormat.BLOCK_HEAD_BYTES;
        int offsets = tags + count;
        int entries = offsets + 2 * count + prefix;
        try {
            for (int i = 0; i < count; i++) {
                int at = entries + (map.getShort(offsets + 2 * i) & 0xFFFF);
                int next = i + 1 < count ? entries + (map.getShort(offsets + 2 * i + 2) & 0xFFFF) : end;
                int suffix = 0;
                int shift = 0;
                byte more;
                do {
                    more = map.get(at++);
                    suffix |= (more & 0x7F) << shift;
                    shift += 7;
                } while (more < 0);
                byte[] key = new byte[prefix + suffix];
                map.get(entries - prefix, key, 0, prefix);
                map.get(at, key, prefix, suffix);
                byte[] stored = new byte[next - at - suffix];
                map.get(at + suffix, stored);
                if (map.get(tags + i) != (byte) KeyHash.of(key, 0, key.length)) {
                    return "entry " + i + " of the block has a tag that is not its key's: no look-up finds it";
                }
                into.add(new Entry(key, stored));
            }
            return null;
        } catch (RuntimeException e) {
            return "the block has a right checksum and cannot be parsed: " + e;
        }
    }

    @Override
    public Summary summary() {
        BlockProperties told = file.properties;
        return new Summary(told.entries(), told.tombstones(), told.firstKey(), told.lastKey(), told.liveValueBytes());
    }

    @Override
    public boolean mayContain(long keyHash) {
        try {
            return file.mayContain(keyHash);
        } catch (CorruptTableException e) {
            return true; // told when the index was checked
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
