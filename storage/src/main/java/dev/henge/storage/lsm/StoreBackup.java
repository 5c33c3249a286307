package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/**
 * One backup of a running store: all that its log says before a position, and nothing after it.
 *
 * <ol>
 * <li>{@link #begin}, on the owner's thread, freezes the memtable; the position is the log's end at that moment. The
 *     owner goes on at once.
 * <li>{@link #write}, on a thread of the caller's, waits until that memtable is flushed. The tables of then are the
 *     backup; they are held, so that no compaction takes a file away meanwhile.
 * <li>Their files never change. So each gets a second name in the target (a hard link) if target and store are on one
 *     file system, else it is copied. Either way it is read once, for the checksum, which also finds what the disk
 *     cannot read any more.
 * <li>A manifest of exactly these tables is written, all is synced, and the file {@code BACKUP} comes last.
 * </ol>
 *
 * <p>Against an earlier backup, what that one has already is linked from there, not copied again. A file is the same
 * if it is the very same file on the disk, which is believed unread; or if both are of one store (by the store's id,
 * which a restored store does not inherit), have one name and size, and, both read, one checksum. Names alone say
 * nothing: numbers start anew in a new store.
 *
 * <p>A portable backup holds the content instead: every key with its newest value, in MapDB tables, without tombstones
 * and garbage.
 */
public final class StoreBackup {

    /** Where a portable backup goes on to its next table. */
    private static final long PORTABLE_TABLE_BYTES = 256L << 20;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int ENTRIES_A_LOOK = 256;
    private static final long LOOK_MILLIS = 100;
    /** The store's id, for its backups: made by the first one. */
    static final String STORE_ID = "STORE";
    private static final int ID_BYTES = 16;

    /**
     * What is wanted.
     *
     * @param target         the directory; made if it is not there, else empty
     * @param earlier        an earlier backup of the store, or null
     * @param portable       MapDB tables instead of the store's own files
     * @param reference      what the earlier backup has is only named: this one cannot be restored without that one
     * @param bytesPerSecond how fast it may read; 0: as fast as it can
     */
    public record Plan(Path target, Path earlier, boolean portable, boolean reference, long bytesPerSecond) {
        public Plan {
            if (portable && earlier != null) {
                throw new IllegalArgumentException("a portable backup is always whole: it takes no earlier one");
            }
        }
    }

    /** How far a backup is; {@code bytesTotal} is 0 until the tables are known. */
    public record Progress(long bytesDone, long bytesTotal, int files) {
    }

    /** The backup was told to stop. */
    public static final class CancelledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super("it was cancelled");
        }
    }

    /** What the flush hands over. */
    private record Snapshot(TableSet set, Manifest manifest, LsmOptions options) {
    }

    private final LsmStore store;
    private final Path directory;
    private final Plan plan;
    private final Disk disk;
    private final LongSupplier clockMillis;
    private final Throttle throttle;
    private final CountDownLatch flushed = new CountDownLatch(1);
    private final List<Path> made = new ArrayList<>();
    private final List<BackupFile.Entry> entries = new ArrayList<>();
    private final Set<BackupFile.Earlier> earlierUsed = new LinkedHashSet<>();
    private BackupDirectory earlier;
    private Snapshot snapshot;
    private boolean abandoned;
    private volatile boolean cancelled;
    private volatile long bytesDone;
    private volatile long bytesTotal;
    private volatile int filesDone;

    /** @param directory the store's */
    public StoreBackup(LsmStore store, Path directory, Plan plan, LongSupplier clockMillis) {
        this(store, directory, plan, clockMillis, Disk.real());
    }

    StoreBackup(LsmStore store, Path directory, Plan plan, LongSupplier clockMillis, Disk disk) {
        this.store = store;
        this.directory = directory;
        this.plan = plan;
        this.clockMillis = clockMillis;
        this.disk = disk;
        this.throttle = Throttle.of(plan.bytesPerSecond());
    }

    /**
     * Fixes what the backup holds: all before now. On the owner's thread, between turns. False while the store flushes
     * what came before: try again later.
     *
     * @throws StoreFailedException if the store has failed
     */
    public boolean begin() {
        return store.freezeFor(this);
    }

    /** The flushing thread hands over the tables, held. */
    void take(TableSet set, Manifest manifest, LsmOptions options) {
        boolean unwanted;
        synchronized (this) {
            unwanted = abandoned || snapshot != null;
            snapshot = unwanted ? snapshot : new Snapshot(set, manifest, options);
        }
        flushed.countDown();
        if (unwanted) {
            release(set);
        }
    }

    public void cancel() {
        cancelled = true;
    }

    /** Any thread may ask. */
    public Progress progress() {
        return new Progress(bytesDone, bytesTotal, filesDone);
    }

    private void look() {
        if (cancelled) {
            throw new CancelledException();
        }
    }

    /**
     * Writes the backup; returns when it is on the disk. What it had written is deleted if it fails.
     *
     * @throws IOException if the target cannot be written, or a file of the store not be read
     * @throws CorruptBackupException if the earlier backup is none
     * @throws CancelledException after {@link #cancel}
     */
    public BackupFile write() throws IOException {
        boolean done = false;
        try {
            if (plan.earlier() != null) {
                earlier = BackupDirectory.open(plan.earlier());
                if (earlier.file().kind() != BackupFile.Kind.STORE) {
                    throw new CorruptBackupException(plan.earlier(), "it is no backup of a store's own files");
                }
            }
            makeTarget();
            awaitFlush();
            if (plan.portable()) {
                writeContent();
            } else {
                writeFiles();
            }
            BackupFile file = new BackupFile(plan.portable() ? BackupFile.Kind.PORTABLE : BackupFile.Kind.STORE,
                freshId(), storeId(), clockMillis.getAsLong(), snapshot.manifest.flushedPosition(),
                List.copyOf(earlierUsed), entries);
            look();
            made.add(plan.target().resolve(BackupFile.NAME));
            file.write(plan.target(), disk);
            done = true;
            return file;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            end(done);
        }
    }

    /** A random name for a backup. */
    public static String freshId() {
        byte[] id = new byte[ID_BYTES];
        new SecureRandom().nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    private void makeTarget() throws IOException {
        Path target = plan.target();
        refuseIfNotEmpty(target);
        if (!Files.isDirectory(target)) {
            Files.createDirectories(target);
            made.add(target);
        }
        if (target.toAbsolutePath().getParent() != null) {
            disk.syncDirectory(target.toAbsolutePath().getParent());
        }
    }

    /** Refuses a directory that has something in it. */
    public static void refuseIfNotEmpty(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "is not a directory");
        }
        try (DirectoryStream<Path> there = Files.newDirectoryStream(target)) {
            if (there.iterator().hasNext()) {
                throw new FileSystemException(target.toString(), null, "is not empty");
            }
        }
    }

    private void awaitFlush() throws IOException {
        try {
            while (!flushed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
                if (store.failed()) {
                    throw new IOException("the store has failed: " + store.failure());
                }
                if (store.paused() != null) {
                    throw new IOException("the store takes no writes: " + store.paused());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    private String storeId() throws IOException {
        Path path = directory.resolve(STORE_ID);
        try {
            String id = Files.readString(path).trim();
            if (id.matches("[0-9a-f]{32}")) {
                return id;
            }
        } catch (NoSuchFileException e) {
            // this is the store's first backup
        }
        String id = freshId();
        Path fresh = directory.resolve(STORE_ID + ".new");
        try (Disk.DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.append(ByteBuffer.wrap((id + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            file.force();
        }
        disk.rename(fresh, path);
        disk.syncDirectory(directory);
        return id;
    }

    // ---- the store's own files

    private void writeFiles() throws IOException {
        List<Path> files = filesOf(snapshot.set);
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
        }
        bytesTotal = total;
        if (earlier != null) {
            earlierUsed.add(earlier.asEarlier());
        }
        String of = earlier == null ? null : storeId();
        for (Path file : files) {
            look();
            entries.add(earlier == null ? bring(file) : bringUnlessThere(file, of));
            filesDone++;
        }
        writeManifest(snapshot.manifest);
    }

    static List<Path> filesOf(TableSet set) {
        Set<Path> files = new LinkedHashSet<>();
        for (Run run : set.runs) {
            for (Table table : run.tables()) {
                files.addAll(table.files());
            }
        }
        TableStack.valueFiles(set.runs).stream().map(file -> file.path).sorted().forEach(files::add);
        return List.copyOf(files);
    }

    private BackupFile.Entry bringUnlessThere(Path file, String of) throws IOException {
        String name = file.getFileName().toString();
        BackupFile.Entry there = earlier.file().file(name).orElse(null);
        Path old = there == null ? null : earlier.pathOf(there);
        if (old == null || !Files.isRegularFile(old) || Files.size(old) != Files.size(file)) {
            return bring(file);
        }
        if (Files.isSameFile(old, file)) {
            count(there.bytes()); // unread: the very same file has the same checksum
        } else if (!earlier.file().of().equals(of)) {
            return bring(file);
        } else if (crcOf(file) != there.crc()) {
            throw new IOException(file + " is not what the backup " + earlier.path() + " has under this name, but it "
                + "never changes: it is damaged, or this is a copy of another node's directory. henge check tells");
        } else if (uncounted(old) != there.crc()) {
            uncount(there.bytes());
            return bring(file); // the earlier backup is damaged
        }
        if (plan.reference()) {
            BackupFile.Earlier owner = earlier.ownerOf(there);
            earlierUsed.add(owner);
            return new BackupFile.Entry(name, there.bytes(), there.crc(), owner.id());
        }
        Path target = plan.target().resolve(name);
        if (!linked(target, old)) {
            uncount(there.bytes());
            return copy(file, target);
        }
        return new BackupFile.Entry(name, there.bytes(), there.crc(), null);
    }

    private BackupFile.Entry bring(Path file) throws IOException {
        Path target = plan.target().resolve(file.getFileName());
        if (!linked(target, file)) {
            return copy(file, target);
        }
        return new BackupFile.Entry(file.getFileName().toString(), Files.size(file), crcOf(file), null);
    }

    /** False if the two cannot share a file: then it must be copied. */
    private boolean linked(Path target, Path file) {
        try {
            disk.link(target, file);
            made.add(target);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private BackupFile.Entry copy(Path from, Path to) throws IOException {
        made.add(to);
        CRC32C crc = new CRC32C();
        long bytes;
        try (Disk.DiskFile out = disk.open(to)) {
            bytes = read(from, chunk -> {
                crc.update(chunk.duplicate());
                out.append(chunk);
            });
            out.force();
        }
        return new BackupFile.Entry(to.getFileName().toString(), bytes, (int) crc.getValue(), null);
    }

    private int crcOf(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        read(file, crc::update);
        return (int) crc.getValue();
    }

    private int uncounted(Path file) throws IOException {
        long before = bytesDone;
        int crc = crcOf(file);
        bytesDone = before;
        return crc;
    }

    /** Takes a piece of a file. */
    private interface Piece {
        void take(ByteBuffer chunk) throws IOException;
    }

    private long read(Path file, Piece piece) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        long bytes = 0;
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            while (in.read(chunk.clear()) >= 0) {
                int length = chunk.flip().remaining();
                piece.take(chunk);
                bytes += length;
                count(length);
            }
        }
        return bytes;
    }

    private void count(long bytes) {
        bytesDone = bytesDone + bytes; // one thread writes it
        throttle.took(bytes, this::look);
    }

    private void uncount(long bytes) {
        bytesDone = bytesDone - bytes;
    }

    private void writeManifest(Manifest manifest) throws IOException {
        Path path = plan.target().resolve(Manifest.NAME);
        made.add(path);
        made.add(plan.target().resolve(Manifest.NEW_NAME));
        manifest.prepare(plan.target(), disk);
        Manifest.change(plan.target(), disk);
        entries.add(BackupFile.Entry.of(plan.target(), Manifest.NAME));
        filesDone++;
    }

    // ---- the content

    private void writeContent() throws IOException {
        List<Run> runs = snapshot.set.runs;
        LsmOptions options = snapshot.options;
        bytesTotal = runs.stream().mapToLong(Run::bytes).sum()
            + Compactor.liveBytes(runs).values().stream().mapToLong(Long::longValue).sum();
        int keyMax = runs.stream().mapToInt(Run::keyBytesMax).max().orElse(0);
        int storedMax = Math.max(options.largeValueBytes() + 1,
            runs.stream().mapToInt(Run::storedBytesMax).max().orElse(0));
        long[] next = {1};
        RunBuilder builder = new RunBuilder(plan.target(), disk, options, () -> next[0]++,
            TableKind.SORTED_MAP, keyMax, storedMax, PORTABLE_TABLE_BYTES);
        Run run;
        try {
            addContent(builder, runs);
            List<Table> tables = builder.finish();
            run = tables.isEmpty() ? null : new Run(Levels.LAST, tables);
        } catch (IOException | RuntimeException | Error e) {
            builder.abandon();
            throw e;
        }
        List<Path> files = new ArrayList<>();
        if (run != null) {
            TableSet set = new TableSet(List.of(run), 0);
            files.addAll(filesOf(set));
            for (Table table : run.tables()) {
                table.release();
            }
            set.release();
        }
        made.addAll(files);
        bytesTotal = bytesDone;
        for (Path file : files) {
            bytesTotal = bytesTotal + Files.size(file);
        }
        for (Path file : files) {
            entries.add(new BackupFile.Entry(file.getFileName().toString(), Files.size(file), crcOf(file), null));
            filesDone++;
        }
        writeManifest(new Manifest(snapshot.manifest.flushedPosition(), next[0],
            run == null ? List.of() : List.of(TableStack.named(run))));
    }

    private void addContent(RunBuilder builder, List<Run> runs) throws IOException {
        Damages damages = new Damages(System::currentTimeMillis);
        CompactionFilter filter = Compactor.filter(snapshot.options, runs, damages);
        List<EntryCursor> sources = new ArrayList<>();
        runs.forEach(run -> sources.add(run.scan(null, null, false, damages)));
        int seen = 0;
        long bytes = 0;
        try (MergeCursor cursor = new MergeCursor(sources, false, snapshot.options.mergeOperator(), () -> { })) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                byte[] value = cursor.value();
                if (filter == null || !filter.drop(key, () -> value)) {
                    builder.add(key, value);
                }
                bytes += key.length + value.length;
                if (++seen % ENTRIES_A_LOOK == 0) {
                    count(bytes);
                    bytes = 0;
                }
            }
        }
        count(bytes);
    }

    // ---- the end

    private void end(boolean done) {
        Snapshot held;
        synchronized (this) {
            abandoned = true;
            held = snapshot;
            snapshot = null;
        }
        if (held != null) {
            release(held.set);
        }
        if (!done) {
            undo();
        }
    }

    private static void release(TableSet set) {
        try {
            set.release();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a table", e);
        }
    }

    /** Deletes what was written, so that a backup that failed for want of space gives it back. */
    private void undo() {
        made.add(plan.target().resolve(BackupFile.NAME + ".new"));
        for (int i = made.size() - 1; i >= 0; i--) {
            try {
                if (Files.isDirectory(made.get(i))) {
                    Files.delete(made.get(i));
                } else {
                    disk.delete(made.get(i));
                }
            } catch (IOException e) {
                // it stays, without the file that would make a backup of it
            }
        }
    }
}
