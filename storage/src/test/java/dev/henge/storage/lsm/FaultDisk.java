package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A file system in memory that numbers every operation, does harm at one of them, and knows what a power loss leaves.
 *
 * <p>As POSIX has it: a write lasts when its file was forced after it, a name (created, renamed, deleted) when its
 * directory was synced after it, and neither makes the other last. One thread.
 */
final class FaultDisk implements Disk {

    /** What an operation is. */
    enum Kind {
        OPEN, CREATE, WRITE, FORCE, TRUNCATE, READ, MAP, RENAME, DELETE, SYNC_DIRECTORY
    }

    /** What harm is done. */
    enum Harm {
        NONE,
        /** The process ends before the operation, or in the middle of a write. */
        CRASH,
        /** There is no space for one operation. */
        NO_SPACE_ONCE,
        /** There is no space for a while. */
        NO_SPACE_FOR_A_WHILE,
        /** A sync fails. */
        SYNC_ERROR,
        /** A write fails. */
        WRITE_ERROR,
        /** A bit of what was written is another when it is read. */
        FLIPPED_BIT;

        /** Whether it can happen to an operation of this kind. */
        boolean fits(Kind kind) {
            return switch (this) {
                case NONE -> false;
                case CRASH -> kind != Kind.READ && kind != Kind.MAP && kind != Kind.OPEN;
                case NO_SPACE_ONCE, NO_SPACE_FOR_A_WHILE -> kind == Kind.CREATE || kind == Kind.WRITE;
                case SYNC_ERROR -> kind == Kind.FORCE || kind == Kind.SYNC_DIRECTORY;
                case WRITE_ERROR, FLIPPED_BIT -> kind == Kind.WRITE;
            };
        }
    }

    /** How many operations a lack of space lasts at most, for {@link Harm#NO_SPACE_FOR_A_WHILE}. */
    private static final int WHILE_OPERATIONS = 12;

    /** One file's bytes, as the system has them and as the disk has them. */
    private static final class Inode {
        byte[] bytes = {};
        byte[] durable = {};
        final List<Change> pending = new ArrayList<>();
    }

    /** A write (or with null a truncation to the offset) that the disk does not have yet. */
    private record Change(long number, Inode inode, long offset, byte[] bytes) {
    }

    /**
     * A name given to a file, or with null taken away, that the disk does not have yet; a rename takes another away.
     */
    private record Naming(Path directory, Path name, Inode inode, Path old) {
        boolean creates() {
            return inode != null && old == null;
        }
    }

    private final Map<Path, Inode> names = new TreeMap<>();
    private final Map<Path, Inode> durableNames = new HashMap<>();
    private final List<Naming> namings = new ArrayList<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final List<Path> paths = new ArrayList<>();
    private final Harm harm;
    private final int harmAt;
    private final Random random;
    private int noSpaceUntil;
    private boolean crashed;
    private boolean harmed;
    private long changes;
    private long usableBytes = Long.MAX_VALUE / 2;
    /** How often the machine was started. */
    private int boots;

    FaultDisk(Harm harm, int harmAt, Random random) {
        this.harm = harm;
        this.harmAt = harmAt;
        this.random = random;
    }

    static FaultDisk sound() {
        return new FaultDisk(Harm.NONE, -1, new Random(0));
    }

    // ---- what a test asks

    /** The kinds of all operations so far, by number. */
    List<Kind> kinds() {
        return kinds;
    }

    boolean crashed() {
        return crashed;
    }

    /** Whether the harm has been done. */
    boolean harmed() {
        return harmed;
    }

    /** Ends the process here. */
    void crash() {
        crashed = true;
    }

    boolean isFull() {
        return kinds.size() < noSpaceUntil;
    }

    void endOfShortage() {
        noSpaceUntil = 0;
    }

    void usableBytes(long bytes) {
        usableBytes = bytes;
    }

    String operation(int number) {
        return kinds.get(number) + " of " + paths.get(number).getFileName();
    }

    /** What a crash of the process leaves: everything that the system was given, synced or not as it was. */
    FaultDisk afterCrash() {
        FaultDisk next = sound();
        next.boots = boots;
        next.names.putAll(names);
        next.durableNames.putAll(durableNames);
        next.namings.addAll(namings);
        next.changes = changes;
        return next;
    }

    /** What a power loss leaves: only what was synced, or also the older part of what was not, torn at its end. */
    FaultDisk afterPowerLoss(boolean torn) {
        FaultDisk next = sound();
        next.boots = boots + 1;
        Map<Path, Inode> kept = new HashMap<>(durableNames);
        if (torn) {
            keepSomeNames(kept);
        }
        List<Change> late = new ArrayList<>();
        names.values().forEach(inode -> late.addAll(inode.pending));
        late.sort((a, b) -> Long.compare(a.number, b.number));
        int changesKept = torn && !late.isEmpty() ? random.nextInt(late.size() + 1) : 0;
        Map<Inode, byte[]> contents = new HashMap<>();
        kept.values().forEach(inode -> contents.put(inode, inode.durable.clone()));
        for (int i = 0; i < changesKept; i++) {
            Change change = late.get(i);
            if (i == changesKept - 1 && change.bytes != null) {
                byte[] part = Arrays.copyOf(change.bytes, random.nextInt(change.bytes.length + 1));
                change = new Change(change.number, change.inode, change.offset, part);
            }
            Change done = change;
            contents.computeIfPresent(change.inode, (inode, bytes) -> applied(bytes, done));
        }
        kept.forEach((name, inode) -> next.put(name, contents.get(inode)));
        return next;
    }

    /** Names come in the order in which they were made; renames and deletes last whether those before did or not. */
    private void keepSomeNames(Map<Path, Inode> kept) {
        int sure = random.nextInt(namings.size() + 1);
        for (int i = 0; i < namings.size(); i++) {
            Naming naming = namings.get(i);
            if (i < sure || !naming.creates() && random.nextBoolean()) {
                apply(kept, naming);
            }
        }
    }

    /**
     * What a power loss leaves that has kept each sector as it was after one of the writes that were not synced, as it
     * happened. What comes behind a truncation that was not kept is not kept either: the file system writes its sizes
     * down in order.
     */
    FaultDisk afterPowerLossOutOfOrder() {
        FaultDisk next = sound();
        next.boots = boots + 1;
        Map<Path, Inode> kept = new HashMap<>(durableNames);
        keepSomeNames(kept);
        kept.forEach((name, inode) -> {
            byte[] bytes = inode.durable.clone();
            Set<Long> older = new HashSet<>();
            for (Change change : inode.pending) {
                if (change.bytes != null) {
                    bytes = someSectors(bytes, change, older);
                } else if (random.nextBoolean()) {
                    bytes = applied(bytes, change);
                } else {
                    break;
                }
            }
            next.put(name, bytes);
        });
        return next;
    }

    private byte[] someSectors(byte[] to, Change change, Set<Long> older) {
        byte[] bytes = to;
        for (int from = 0; from < change.bytes.length; ) {
            long sectorEnd = ((change.offset + from) / LogScanner.SECTOR_BYTES + 1) * LogScanner.SECTOR_BYTES;
            int end = (int) Math.min(change.bytes.length, sectorEnd - change.offset);
            if (!older.contains(sectorEnd) && (random.nextBoolean() || !older.add(sectorEnd))) {
                bytes = applied(bytes, new Change(change.number, change.inode, change.offset + from,
                    Arrays.copyOfRange(change.bytes, from, end)));
            }
            from = end;
        }
        return bytes;
    }

    private void put(Path name, byte[] bytes) {
        Inode inode = new Inode();
        inode.bytes = bytes;
        inode.durable = bytes.clone();
        names.put(name, inode);
        durableNames.put(name, inode);
    }

    private static byte[] applied(byte[] to, Change change) {
        int offset = (int) change.offset;
        if (change.bytes == null) {
            return Arrays.copyOf(to, offset);
        }
        byte[] result = Arrays.copyOf(to, Math.max(to.length, offset + change.bytes.length));
        System.arraycopy(change.bytes, 0, result, offset, change.bytes.length);
        return result;
    }

    private static void apply(Map<Path, Inode> to, Naming naming) {
        if (naming.inode == null) {
            to.remove(naming.name);
        } else {
            to.put(naming.name, naming.inode);
            if (naming.old != null) {
                to.remove(naming.old);
            }
        }
    }

    // ---- operations

    /** Counts an operation; returns whether the harm, other than a crash or a lack of space, is to be done to it. */
    private boolean step(Kind kind, Path path) throws IOException {
        if (crashed) {
            throw new IOException("the process is gone (simulated)");
        }
        int number = kinds.size();
        kinds.add(kind);
        paths.add(path);
        boolean now = number == harmAt && harm.fits(kind);
        harmed |= now;
        if (now && harm == Harm.NO_SPACE_FOR_A_WHILE) {
            noSpaceUntil = number + 2 + random.nextInt(WHILE_OPERATIONS);
        }
        return now;
    }

    private boolean lacksSpace(Kind kind, boolean now) {
        return Harm.NO_SPACE_ONCE.fits(kind) && (isFull() || kinds.size() - 1 < noSpaceUntil
            || now && harm == Harm.NO_SPACE_ONCE);
    }

    private static IOException noSpace(Path path) {
        return new IOException(path + ": No space left on device");
    }

    private static IOException error(Path path) {
        return new IOException(path + ": Input/output error");
    }

    private IOException crashing() {
        crashed = true;
        return new IOException("the process ends (simulated)");
    }

    private void name(Path path, Inode inode, Path old) {
        Naming naming = new Naming(path.getParent(), path, inode, old);
        apply(names, naming);
        namings.add(naming);
    }

    @Override
    public DiskFile open(Path path) throws IOException {
        Inode there = names.get(path);
        Kind kind = there == null ? Kind.CREATE : Kind.OPEN;
        boolean now = step(kind, path);
        if (now && harm == Harm.CRASH) {
            throw crashing();
        }
        if (lacksSpace(kind, now)) {
            throw noSpace(path);
        }
        if (there == null) {
            there = new Inode();
            name(path, there, null);
        }
        return new MemoryFile(path, there);
    }

    @Override
    public ByteBuffer map(Path path, long offset, long length) throws IOException {
        step(Kind.MAP, path);
        Inode inode = existing(path);
        if (offset + length > inode.bytes.length) {
            throw new IOException(path + " is shorter than what is mapped");
        }
        return ByteBuffer.wrap(Arrays.copyOfRange(inode.bytes, (int) offset, (int) (offset + length)))
            .asReadOnlyBuffer();
    }

    @Override
    public ByteBuffer mapToWrite(Path path, int bytes) throws IOException {
        step(Kind.MAP, path);
        return ByteBuffer.wrap(existing(path).bytes, 0, bytes);
    }

    @Override
    public String bootId() {
        return "boot " + boots;
    }

    @Override
    public void unmap(ByteBuffer mapping) {
        // memory
    }

    private Inode existing(Path path) throws IOException {
        Inode inode = names.get(path);
        if (inode == null) {
            throw new java.nio.file.NoSuchFileException(path.toString());
        }
        return inode;
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        boolean now = step(Kind.SYNC_DIRECTORY, directory);
        if (now && harm == Harm.CRASH) {
            throw crashing();
        }
        if (now) {
            throw error(directory);
        }
        namings.removeIf(naming -> {
            boolean ours = naming.directory.equals(directory);
            if (ours) {
                apply(durableNames, naming);
            }
            return ours;
        });
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        if (step(Kind.RENAME, to)) {
            throw crashing();
        }
        Inode inode = existing(from);
        name(to, inode, from);
    }

    @Override
    public void delete(Path file) throws IOException {
        if (step(Kind.DELETE, file)) {
            throw crashing();
        }
        if (names.containsKey(file)) {
            name(file, null, null);
        }
    }

    @Override
    public boolean exists(Path file) {
        return names.containsKey(file);
    }

    @Override
    public List<Path> list(Path directory) {
        return names.keySet().stream().filter(name -> directory.equals(name.getParent())).toList();
    }

    @Override
    public long modifiedMillis(Path file) {
        return 0;
    }

    @Override
    public void createDirectories(Path directory) {
        // all are there
    }

    @Override
    public DirectoryLock lock(Path directory) {
        return new DirectoryLock(null);
    }

    @Override
    public Space space(Path directory) {
        return new Space(usableBytes, Long.MAX_VALUE / 2);
    }

    private final class MemoryFile implements DiskFile {
        private final Path path;
        private final Inode inode;

        MemoryFile(Path path, Inode inode) {
            this.path = path;
            this.inode = inode;
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            writeAt(bytes, inode.bytes.length);
        }

        @Override
        public void writeAt(ByteBuffer from, long offset) throws IOException {
            boolean now = step(Kind.WRITE, path);
            byte[] bytes = new byte[from.remaining()];
            from.get(bytes);
            boolean full = lacksSpace(Kind.WRITE, now);
            boolean error = now && harm == Harm.WRITE_ERROR;
            boolean ends = now && harm == Harm.CRASH;
            if (full || error || ends) {
                change(offset, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
                throw ends ? crashing() : full ? noSpace(path) : error(path);
            }
            if (now && harm == Harm.FLIPPED_BIT && bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            change(offset, bytes);
        }

        private void change(long offset, byte[] bytes) {
            Change change = new Change(changes++, inode, offset, bytes);
            inode.bytes = applied(inode.bytes, change);
            inode.pending.add(change);
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            step(Kind.READ, path);
            int count = (int) Math.max(0, Math.min(into.remaining(), inode.bytes.length - offset));
            if (count > 0) {
                into.put(inode.bytes, (int) offset, count);
            }
            return count;
        }

        @Override
        public void force() throws IOException {
            boolean now = step(Kind.FORCE, path);
            if (now && harm == Harm.CRASH) {
                throw crashing();
            }
            if (now) {
                throw error(path);
            }
            inode.pending.forEach(change -> inode.durable = applied(inode.durable, change));
            inode.pending.clear();
        }

        @Override
        public long size() {
            return inode.bytes.length;
        }

        @Override
        public void truncate(long size) throws IOException {
            if (step(Kind.TRUNCATE, path)) {
                throw crashing();
            }
            if (size < inode.bytes.length) {
                change(size, null);
            }
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
