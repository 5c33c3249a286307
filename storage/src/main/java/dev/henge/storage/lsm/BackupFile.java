package dev.henge.storage.lsm;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The file {@code BACKUP} of a backup: what it is of, and what belongs to it, each file with its checksum. It is
 * written last, so that a directory without it is no backup. Text, one thing a line; the last line is the checksum of
 * all before: see docs/formats/backup.md.
 *
 * @param kind       what it is a backup of
 * @param id         this backup's own name: 32 hexadecimal digits, random
 * @param of         the name of the store or the node
 * @param madeMillis when, since 1970
 * @param position   of a store: the backup has all that the log says before it; of a node: 0
 * @param earlier    the backup that this one was made against, and those that have files of this one
 * @param files      what belongs to it
 */
public record BackupFile(Kind kind, String id, String of, long madeMillis, long position, List<Earlier> earlier,
        List<Entry> files) {

    public static final String NAME = "BACKUP";
    private static final String FIRST_LINE = "henge-backup 1";
    private static final String HERE = "here";
    private static final String HEX_ID = "[0-9a-f]{32}";
    private static final String FILE_NAME = "[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?";
    private static final int FILE_BYTES_MAX = 64 << 20;

    /** What a backup is of. */
    public enum Kind {
        /** A store's own files. */
        STORE,
        /** A store's content, written anew as MapDB tables. */
        PORTABLE,
        /** A node: its small files, and the backups of its stores. */
        NODE
    }

    /** Another backup, which was at this path when this one was made. */
    public record Earlier(String id, Path path) {
    }

    /**
     * One file.
     *
     * @param name in the backup's directory
     * @param in   the id of the backup that has the file; null: this one
     */
    public record Entry(String name, long bytes, int crc, String in) {

        /** The entry of a small file that is in the backup's directory already. */
        public static Entry of(Path directory, String name) throws IOException {
            byte[] bytes = Files.readAllBytes(directory.resolve(name));
            return new Entry(name, bytes.length, LogSegment.crc(bytes, 0, bytes.length), null);
        }
    }

    public BackupFile {
        earlier = List.copyOf(earlier);
        files = List.copyOf(files);
    }

    /** The entry of a name. */
    public Optional<Entry> file(String name) {
        return files.stream().filter(entry -> entry.name.equals(name)).findFirst();
    }

    byte[] encode() {
        StringBuilder out = new StringBuilder(FIRST_LINE).append('\n');
        out.append("kind ").append(kind.name().toLowerCase(java.util.Locale.ROOT)).append('\n');
        out.append("id ").append(id).append('\n');
        out.append("of ").append(of).append('\n');
        out.append("made ").append(madeMillis).append('\n');
        out.append("position ").append(position).append('\n');
        for (Earlier other : earlier) {
            out.append("earlier ").append(other.id).append(' ')
                .append(URLEncoder.encode(other.path.toString(), StandardCharsets.UTF_8)).append('\n');
        }
        for (Entry entry : files) {
            out.append("file ").append(entry.bytes).append(' ').append(hex(entry.crc)).append(' ')
                .append(entry.in == null ? HERE : entry.in).append(' ').append(entry.name).append('\n');
        }
        byte[] body = out.toString().getBytes(StandardCharsets.ISO_8859_1);
        out.append("end ").append(hex(LogSegment.crc(body, 0, body.length))).append('\n');
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String hex(int crc) {
        return String.format("%08x", crc);
    }

    /** Writes it as the last of the backup's files, synced. */
    public void write(Path directory) throws IOException {
        write(directory, Disk.real());
    }

    void write(Path directory, Disk disk) throws IOException {
        Path fresh = directory.resolve(NAME + ".new");
        try (Disk.DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.append(ByteBuffer.wrap(encode()));
            file.force();
        }
        disk.rename(fresh, directory.resolve(NAME));
        disk.syncDirectory(directory);
    }

    /** Whether the directory has such a file. */
    public static boolean isIn(Path directory) {
        return Files.isRegularFile(directory.resolve(NAME));
    }

    /**
     * Reads the directory's file.
     *
     * @throws CorruptBackupException if there is none, or it is damaged, or of another version
     */
    public static BackupFile read(Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        if (!Files.isRegularFile(path)) {
            throw new CorruptBackupException(path, "it is not there, so " + directory
                + " is no backup, or one that was not finished");
        }
        if (Files.size(path) > FILE_BYTES_MAX) {
            throw new CorruptBackupException(path, "it is larger than " + FILE_BYTES_MAX + " bytes");
        }
        return decode(path, Files.readAllBytes(path));
    }

    private static BackupFile decode(Path path, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1); // all of it is ASCII if it is sound
        int end = text.lastIndexOf("end ");
        if (end <= 0 || !text.substring(end).equals("end " + hex(LogSegment.crc(bytes, 0, end)) + "\n")) {
            throw new CorruptBackupException(path, "its checksum does not match");
        }
        String[] lines = text.substring(0, end).split("\n");
        if (!lines[0].equals(FIRST_LINE)) {
            throw new CorruptBackupException(path,
                "it begins with '" + lines[0] + "', this release reads '" + FIRST_LINE + "'");
        }
        try {
            return parse(lines);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new CorruptBackupException(path, "it cannot be read: " + e.getMessage());
        }
    }

    private static BackupFile parse(String[] lines) {
        Kind kind = Kind.valueOf(value(lines[1], "kind", "[a-z]+").toUpperCase(java.util.Locale.ROOT));
        String id = value(lines[2], "id", HEX_ID);
        String of = value(lines[3], "of", "[0-9a-f]{1,64}");
        long made = Long.parseLong(value(lines[4], "made", "\\d{1,18}"));
        long position = Long.parseLong(value(lines[5], "position", "\\d{1,18}"));
        List<Earlier> earlier = new ArrayList<>();
        List<Entry> files = new ArrayList<>();
        for (int i = 6; i < lines.length; i++) {
            String[] word = lines[i].split(" ");
            if (word[0].equals("earlier") && word.length == 3 && word[1].matches(HEX_ID)) {
                earlier.add(new Earlier(word[1], Path.of(URLDecoder.decode(word[2], StandardCharsets.UTF_8))));
            } else if (word[0].equals("file") && word.length == 5 && word[4].matches(FILE_NAME)) {
                files.add(new Entry(word[4], Long.parseLong(word[1]), Integer.parseUnsignedInt(word[2], 16),
                    word[3].equals(HERE) ? null : word[3]));
            } else {
                throw new IllegalArgumentException("line " + (i + 1) + " is '" + lines[i] + "'");
            }
        }
        return new BackupFile(kind, id, of, made, position, earlier, files);
    }

    private static String value(String line, String name, String pattern) {
        if (!line.matches(name + " " + pattern)) {
            throw new IllegalArgumentException("'" + line + "' is no " + name);
        }
        return line.substring(name.length() + 1);
    }
}
