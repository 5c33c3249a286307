package dev.henge.storage.lsm;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;

/**
 * The file under a MapDB table, which checks what MapDB does not: a page's CRC-32C on its first touch.
 *
 * <ol>
 * <li>Building: MapDB puts whole pages in order and at last the header in page 0, then syncs. Page 0 waits in memory.
 * <li>Opening: MapDB reads the first keys of each page. To check the pages now would read the whole file; instead all
 *     that MapDB reads goes into one checksum, the opening check, which is known from the building.
 * <li>Reading: the first touch of a page checks all of it.
 * </ol>
 *
 * <p>Threads: one builds and opens; then any may read. Two that touch a page at once both check it.
 */
final class TableVolume extends Volume {

    /** A mapping's largest part: a whole number of pages, whatever their size. */
    private static final int SLICE_SHIFT = 30;
    private static final int SLICE_MASK = (1 << SLICE_SHIFT) - 1;

    private final Path path;
    private final Disk disk;
    private final int pageShift;
    private Disk.DiskFile building;
    private byte[] firstPage;
    private int[] pageChecks;
    private int pages;
    private ByteBuffer[] slices;
    private long[] verified;
    private CRC32C opening;
    private final Set<Integer> damaged = ConcurrentHashMap.newKeySet();

    /** A volume to build a table in. */
    TableVolume(Path path, Disk disk, int pageBytes) throws IOException {
        this.path = path;
        this.disk = disk;
        this.pageShift = Integer.numberOfTrailingZeros(pageBytes);
        this.building = disk.open(path);
        this.pageChecks = new int[64];
    }

    /** A built table to read. */
    TableVolume(Path path, Disk disk, int pageBytes, int[] pageChecks) throws IOException {
        this.path = path;
        this.disk = disk;
        this.pageShift = Integer.numberOfTrailingZeros(pageBytes);
        this.pageChecks = pageChecks;
        this.pages = pageChecks.length;
        map();
    }

    private void map() throws IOException {
        long length = length();
        int count = (int) ((length + SLICE_MASK) >>> SLICE_SHIFT);
        slices = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            long from = (long) i << SLICE_SHIFT;
            slices[i] = disk.map(path, from, Math.min(1L << SLICE_SHIFT, length - from));
        }
        verified = new long[(pages + 63) / 64];
        opening = new CRC32C();
    }

    int[] pageChecks() {
        return Arrays.copyOf(pageChecks, pages);
    }

    /** Ends the opening; returns the checksum of what was read during it. */
    int endOpening() {
        int check = (int) opening.getValue();
        opening = null;
        return check;
    }

    // ---- building

    @Override
    public void ensureAvailable(long offset) {
        // files grow by themselves
    }

    @Override
    public void putData(long offset, byte[] page, int from, int size) {
        try {
            if (size != 1 << pageShift || offset != (long) pages << pageShift) {
                throw new IllegalStateException("a page out of order: " + size + " bytes at " + offset);
            }
            if (offset == 0) {
                firstPage = Arrays.copyOfRange(page, from, from + size);
            }
            building.append(ByteBuffer.wrap(page, from, size));
            if (pages == pageChecks.length) {
                pageChecks = Arrays.copyOf(pageChecks, pages * 2);
            }
            pageChecks[pages++] = LogSegment.crc(page, from, size);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void putLong(long offset, long value) {
        ByteBuffer.wrap(firstPage).putLong((int) offset, value);
    }

    /** The end of the building: from here on the volume is read. */
    @Override
    public void sync() {
        try {
            building.writeAt(ByteBuffer.wrap(firstPage), 0);
            pageChecks[0] = LogSegment.crc(firstPage, 0, firstPage.length);
            building.force();
            building.close();
            building = null;
            firstPage = null;
            map();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
        }
    }

    /** Gives up a building that failed. */
    void abandon() {
        try {
            if (building != null) {
                building.close();
            }
            close();
            disk.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + path, e);
        }
    }

    // ---- reading

    private ByteBuffer at(long offset) {
        if (opening == null) {
            int page = (int) (offset >>> pageShift);
            if ((verified[page >>> 6] & 1L << page) == 0) {
                verify(page);
            }
        }
        return slices[(int) (offset >>> SLICE_SHIFT)];
    }

    private void verify(int page) {
        long offset = (long) page << pageShift;
        int from = (int) offset & SLICE_MASK;
        ByteBuffer bytes = slices[(int) (offset >>> SLICE_SHIFT)].duplicate();
        bytes.position(from).limit(from + (1 << pageShift));
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        if ((int) crc.getValue() != pageChecks[page]) {
            damaged.add(page);
            throw new CorruptTableException(path, offset, null, null,
                "the checksum of page " + page + " at offset " + offset + " does not match");
        }
        verified[page >>> 6] |= 1L << page;
    }

    /** How many pages have been found damaged. */
    int damages() {
        return damaged.size();
    }

    @Override
    public int getInt(long offset) {
        int value = at(offset).getInt((int) offset & SLICE_MASK);
        if (opening != null) {
            opening.update(value);
        }
        return value;
    }

    @Override
    public long getLong(long offset) {
        return at(offset).getLong((int) offset & SLICE_MASK);
    }

    @Override
    public byte getByte(long offset) {
        return at(offset).get((int) offset & SLICE_MASK);
    }

    /** The size is not to be trusted: for a page's last values MapDB reads it past its index. */
    @Override
    public DataInput2 getDataInput(long offset, int size) {
        ByteBuffer slice = at(offset);
        int from = (int) offset & SLICE_MASK;
        if (opening != null) {
            if (size < 0 || size > 1 << pageShift || from + size > slice.limit()) {
                throw new CorruptTableException(path, "a node of " + size + " bytes at offset " + offset);
            }
            opening.update(slice.duplicate().position(from).limit(from + size));
        }
        return new DataInput2.ByteBuffer(slice, from);
    }

    @Override
    public void getData(long offset, byte[] bytes, int bytesPos, int size) {
        at(offset).get((int) offset & SLICE_MASK, bytes, bytesPos, size);
    }

    @Override
    public void close() {
        if (slices != null) {
            for (ByteBuffer slice : slices) {
                disk.unmap(slice);
            }
            slices = null;
        }
        closed.set(true);
    }

    @Override
    public long length() {
        return (long) pages << pageShift;
    }

    @Override
    public boolean isReadOnly() {
        return building == null;
    }

    @Override
    public File getFile() {
        return path.toFile();
    }

    @Override
    public boolean getFileLocked() {
        return false;
    }

    @Override
    public int sliceSize() {
        return 1 << SLICE_SHIFT;
    }

    @Override
    public boolean isSliced() {
        return true;
    }

    // ---- what a table never calls

    @Override
    public void truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putInt(long offset, int value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putByte(long offset, byte value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putData(long offset, ByteBuffer bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clear(long from, long to) {
        throw new UnsupportedOperationException();
    }
}
