package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mapdb.DataInput2;

/** The pages of a {@link SortedMapTable}, each checked against the table's index, and read without MapDB. */
final class SortedMapBlocks implements TableBlocks {

    private static final int HEADER_BYTES = 64;

    private final Path path;
    private final TableIndex index;
    private final Disk.DiskFile file;
    private int page;

    /** @throws CorruptTableException if the index is damaged: then nothing is known of the pages */
    SortedMapBlocks(Path path, Path indexPath, long number, Disk disk) throws IOException {
        this.path = path;
        this.index = TableIndex.read(indexPath, disk);
        if (index.number() != number) {
            throw new CorruptTableException(indexPath, "it says that it is of table " + index.number());
        }
        this.file = disk.open(path);
    }

    @Override
    public Block next() throws IOException {
        int pageBytes = index.pageBytes();
        if (page == index.pageChecks().length) {
            return tooLong();
        }
        long offset = (long) page * pageBytes;
        ByteBuffer bytes = ByteBuffer.allocate(pageBytes);
        int read;
        try {
            read = file.read(bytes, offset);
        } catch (IOException e) {
            return bad(offset, pageBytes, "page " + page++ + " cannot be read: " + e.getMessage());
        }
        int number = page++;
        if (read < pageBytes) {
            return bad(offset, read, "page " + number + " is cut off after " + read + " bytes");
        }
        if (LogSegment.crc(bytes.array(), 0, pageBytes) != index.pageChecks()[number]) {
            return bad(offset, pageBytes, "the checksum of page " + number + " does not match");
        }
        try {
            return new Block(path, offset, pageBytes, null, entries(bytes, number == 0 ? HEADER_BYTES : 0));
        } catch (IOException | RuntimeException e) {
            return bad(offset, pageBytes, "page " + number + " has a right checksum and cannot be parsed: " + e);
        }
    }

    private Block bad(long offset, int bytes, String fault) {
        return new Block(path, offset, bytes, fault, List.of());
    }

    private Block tooLong() throws IOException {
        page++;
        long end = (long) index.pageChecks().length * index.pageBytes();
        long more = page == index.pageChecks().length + 1 ? file.size() - end : 0;
        return more <= 0 ? null : bad(end, 0, more + " bytes follow the last page");
    }

    private static List<Entry> entries(ByteBuffer bytes, int start) throws IOException {
        int nodes = bytes.getInt(start);
        List<Entry> entries = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            DataInput2 keys = new DataInput2.ByteBuffer(bytes, bytes.getInt(start + 4 + 4 * node));
            DataInput2 values = new DataInput2.ByteBuffer(bytes, bytes.getInt(start + 4 + 4 * (nodes + node)));
            for (int count = keys.unpackInt(); count > 0; count--) {
                entries.add(new Entry(SortedMapTable.COLUMN.deserialize(keys, -1),
                    SortedMapTable.COLUMN.deserialize(values, -1)));
            }
        }
        return entries;
    }

    @Override
    public Summary summary() {
        return new Summary(index.entries(), index.tombstones(), index.firstKey(), index.lastKey(),
            index.liveValueBytes());
    }

    @Override
    public boolean mayContain(long keyHash) {
        return index.bloom().mayContain(keyHash);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
