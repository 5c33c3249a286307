package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/** A finished backup on the disk: where its files are, whether they are what they were, how they are brought back. */
public final class BackupDirectory {

    private static final int CHUNK_BYTES = 1 << 20;

    private final Path path;
    private final BackupFile file;

    private BackupDirectory(Path path, BackupFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Reads the backup's list of files.
     *
     * @throws CorruptBackupException if it is not a finished backup
     */
    public static BackupDirectory open(Path path) throws IOException {
        Path whole = path.toAbsolutePath().normalize();
        return new BackupDirectory(whole, BackupFile.read(whole));
    }

    public BackupFile file() {
        return file;
    }

    public Path path() {
        return path;
    }

    BackupFile.Earlier asEarlier() {
        return new BackupFile.Earlier(file.id(), path);
    }

    /** The backup that has the entry's file. */
    BackupFile.Earlier ownerOf(BackupFile.Entry entry) {
        if (entry.in() == null) {
            return asEarlier();
        }
        return file.earlier().stream().filter(other -> other.id().equals(entry.in())).findFirst()
            .orElseThrow(() -> new CorruptBackupException(path.resolve(BackupFile.NAME),
                entry.name() + " is in the backup " + entry.in() + ", which it does not tell"));
    }

    /**
     * Where the entry's file is. A referenced backup is looked for where it was, and then where it would be had both
     * been moved together.
     */
    public Path pathOf(BackupFile.Entry entry) throws IOException {
        if (entry.in() == null) {
            return path.resolve(entry.name());
        }
        BackupFile.Earlier owner = ownerOf(entry);
        for (Path place : placesOf(owner.path())) {
            if (BackupFile.isIn(place) && BackupFile.read(place).id().equals(owner.id())) {
                return place.resolve(entry.name());
            }
        }
        throw new CorruptBackupException(path.resolve(BackupFile.NAME), entry.name() + " is in the backup " + owner.id()
            + ", which is not at " + owner.path());
    }

    /** As named; or beside this one, one or two directories up. */
    private List<Path> placesOf(Path named) {
        List<Path> places = new ArrayList<>(List.of(named));
        Path above = path;
        for (int up = 1; up <= 3; up++) {
            above = above.getParent();
            if (above == null || named.getNameCount() < up) {
                break;
            }
            places.add(above.resolve(named.subpath(named.getNameCount() - up, named.getNameCount()).toString()));
        }
        return places;
    }

    /** What is wrong with the files, each in words; empty if all are what they were. */
    public List<String> faults(LongConsumer read) throws IOException {
        List<String> faults = new ArrayList<>();
        for (BackupFile.Entry entry : file.files()) {
            String fault = faultOf(entry, read);
            if (fault != null) {
                faults.add(fault);
            }
        }
        return faults;
    }

    private String faultOf(BackupFile.Entry entry, LongConsumer read) throws IOException {
        Path at;
        try {
            at = pathOf(entry);
        } catch (CorruptBackupException e) {
            return e.getMessage();
        }
        if (!Files.isRegularFile(at)) {
            return at + ": it is not there";
        }
        if (Files.size(at) != entry.bytes()) {
            return at + ": it has " + Files.size(at) + " bytes, not " + entry.bytes();
        }
        try {
            return crc(at, null, read) == entry.crc() ? null : at + ": its checksum does not match";
        } catch (IOException e) {
            return at + ": it cannot be read: " + e.getMessage();
        }
    }

    private static int crc(Path from, FileChannel to, LongConsumer read) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ)) {
            while (in.read(chunk.clear()) >= 0) {
                chunk.flip();
                crc.update(chunk.duplicate());
                read.accept(chunk.remaining());
                while (to != null && chunk.hasRemaining()) {
                    to.write(chunk);
                }
            }
        }
        return (int) crc.getValue();
    }

    /**
     * Brings the files back into a directory that is made, synced.
     *
     * @param link hard links instead of copies, where the file system allows: the backup then shares its files with
     *     the store, which never changes them
     * @throws CorruptBackupException if a file is not what it was
     */
    public void restoreInto(Path target, boolean link, LongConsumer done) throws IOException {
        Files.createDirectories(target);
        for (BackupFile.Entry entry : file.files()) {
            bring(entry, target.resolve(entry.name()), link, done);
        }
        Disk.real().syncDirectory(target);
        Disk.real().syncDirectory(target.toAbsolutePath().getParent());
    }

    private void bring(BackupFile.Entry entry, Path to, boolean link, LongConsumer done) throws IOException {
        Path from = pathOf(entry);
        if (link && !entry.name().equals(Manifest.NAME)) {
            try {
                Files.createLink(to, from);
                done.accept(entry.bytes());
                return;
            } catch (IOException | UnsupportedOperationException e) {
                // not on this file system: copied
            }
        }
        try (FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            if (crc(from, out, done) != entry.crc()) {
                throw new CorruptBackupException(from, "its checksum does not match");
            }
            out.force(true);
        }
    }
}
