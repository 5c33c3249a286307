package dev.henge.storage.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The value files of a store being checked: each is opened when a table first points into it. */
final class ValueCheck implements Closeable {

    /** Finds a file of the store by its name. */
    interface Place {
        Path of(String name);
    }

    private final Place place;
    private final Disk disk;
    private final CheckReport report;
    /** Null for a file that is not there, or whose header is damaged: told once. */
    private final Map<Long, Disk.DiskFile> files = new HashMap<>();

    ValueCheck(Place place, Disk disk, CheckReport report) {
        this.place = place;
        this.disk = disk;
        this.report = report;
    }

    Path pathOf(long number) {
        return place.of(ValueFile.nameOf(number));
    }

    private Disk.DiskFile open(long number) throws IOException {
        Path path = pathOf(number);
        if (!disk.exists(path)) {
            report.add(CheckReport.Fault.of(path, -1, "a table points into it, but it is not there"));
            return null;
        }
        Disk.DiskFile file = disk.open(path);
        ByteBuffer header = ByteBuffer.allocate(ValueFile.HEADER_BYTES);
        file.read(header, 0);
        if (header.hasRemaining() || !header.flip().equals(ValueFile.header(number))) {
            report.add(CheckReport.Fault.of(path, 0, "its header is not that of value file " + number));
        }
        report.bytes += file.size();
        return file;
    }

    /** Checks the value that a stored value points to; returns it, or null if it is damaged. */
    byte[] value(StoredValue.Pointer pointer, byte[] key) throws IOException {
        if (!files.containsKey(pointer.file())) {
            files.put(pointer.file(), open(pointer.file()));
        }
        Disk.DiskFile file = files.get(pointer.file());
        if (file == null) {
            return null;
        }
        report.values++;
        long start = pointer.offset() - ValueFile.VALUE_HEAD_BYTES;
        if (pointer.length() < 0 || start < 0 || pointer.offset() + pointer.length() > file.size()) {
            return fault(pointer, key, "the file ends before the value does, which has " + pointer.length() + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(ValueFile.VALUE_HEAD_BYTES + pointer.length());
        try {
            file.read(bytes, start);
        } catch (IOException e) {
            return fault(pointer, key, "the value cannot be read: " + e.getMessage());
        }
        bytes.flip();
        if (bytes.getInt() != pointer.length() || bytes.getInt() != pointer.check()) {
            return fault(pointer, key, "the value's length and checksum are not those that its table has");
        }
        byte[] value = new byte[pointer.length()];
        bytes.get(value);
        if (LogSegment.crc(value, 0, value.length) != pointer.check()) {
            return fault(pointer, key, "the checksum of the value does not match");
        }
        return value;
    }

    private byte[] fault(StoredValue.Pointer pointer, byte[] key, String what) {
        report.add(new CheckReport.Fault(pathOf(pointer.file()), pointer.offset(), what, null, null, key));
        return null;
    }

    @Override
    public void close() throws IOException {
        for (Disk.DiskFile file : files.values()) {
            if (file != null) {
                file.close();
            }
        }
    }
}
