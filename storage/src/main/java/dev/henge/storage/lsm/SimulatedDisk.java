package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * A disk in memory, for simulations: it can be full, lose power, rot, and be copied.
 *
 * <p>As POSIX has it: a write lasts when its file was forced after it, a name (created, renamed, deleted) when its
 * directory was synced after it, and neither makes the other last. Every change that does not last yet is kept with
 * what it takes to undo it, so that {@link #losePower} costs what was not synced, and writing costs no more than in
 * memory. One thread.
 */
public final class SimulatedDisk {

    private static final int SECTOR_BYTES = LogScanner.SECTOR_BYTES;

    /** One file's bytes. */
    private static final class Inode {
        byte[] bytes = {};
        int size;

        /** Changes that do not last, oldest first. */
        Deque<Change> pending = new ArrayDeque<>();

        void write(byte[] from, int count, int offset) {
            if (offset + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(offset + count, Math.max(256, 2 * bytes.length)));
            }
            if (offset > size) {
                Arrays.fill(bytes, size, offset, (byte) 0);
            }
            System.arraycopy(from, 0, bytes, offset, count);
            size = Math.max(size, offset + count);
        }
    }

    /** A write, or a truncation (no bytes written), and what was there before. */
    private record Change(long number, Inode inode, int offset, byte[] written, byte[] over, int sizeBefore) {
        void undo() {
            inode.size = sizeBefore;
            System.arraycopy(over, 0, inode.bytes, offset, over.length);
        }

        /** Whether it changed bytes inside of the file: then no journal orders it among others. */
        boolean overwrites() {
            return written.length > 0 && offset < sizeBefore;
        }
    }

    /** A name given to a file, or with null taken away, that does not last yet; a rename takes the old one away. */
    private record Naming(Path directory, Path name, Inode inode, Path old) {
        void applyTo(Map<Path, Inode> names) {
            if (inode == null) {
                names.remove(name);
            } else {
                names.put(name, inode);
                if (old != null) {
                    names.remove(old);
                }
            }
        }
    }

    private final TreeMap<Path, Inode> names = new TreeMap<>();
    private final TreeMap<Path, Inode> lasting = new TreeMap<>();
    private final List<Naming> namings = new ArrayList<>();
    private long changes;
    private boolean full;
    /** Files opened before the last crash are gone with their process. */
    private int process;
    /** How often the machine was started. */
    private int boots;

    /**
     * Opens a store in a directory; its owner does its flushes and compactions before the call that asks for them
     * returns.
     */
    public LsmStore open(Path directory, LsmOptions options, LsmListener listener, LongSupplier nanos, Executor syncs) {
        return LsmStore.open(directory, options, listener, new Opened(), Workers.caller(nanos, syncs));
    }

    // ---- what may happen to it

    /** Takes no more bytes, or does again. */
    public void full(boolean now) {
        full = now;
    }

    /** The process that uses it ends: what the system was given stays. */
    public void killProcess() {
        process++;
    }

    /**
     * The machine loses its power: what was not synced is lost, but for a part, by chance, of what was written first;
     * its last write may be torn. Of a file that was written inside, each sector may have kept what it likes.
     */
    public void losePower(RandomGenerator chance) {
        process++;
        boots++;
        List<Change> late = new ArrayList<>();
        Set<Inode> all = Collections.newSetFromMap(new IdentityHashMap<>());
        all.addAll(names.values());
        all.addAll(lasting.values());
        List<Inode> inside = new ArrayList<>();
        for (Inode inode : all) {
            if (inode.pending.stream().anyMatch(Change::overwrites)) {
                inside.add(inode);
            } else {
                late.addAll(inode.pending);
            }
        }
        inside.sort((a, b) -> Long.compare(a.pending.peekFirst().number, b.pending.peekFirst().number));
        inside.forEach(inode -> keepSomeSectors(inode, chance));
        late.sort((a, b) -> Long.compare(a.number, b.number));
        int kept = late.isEmpty() || chance.nextBoolean() ? 0 : chance.nextInt(late.size() + 1);
        for (int i = late.size() - 1; i >= kept; i--) {
            late.get(i).undo();
        }
        if (kept > 0) {
            Change last = late.get(kept - 1);
            if (last.written.length > 0 && chance.nextBoolean()) {
                last.undo();
                last.inode.write(last.written, chance.nextInt(last.written.length + 1), last.offset);
            }
        }
        int sure = chance.nextInt(namings.size() + 1);
        for (int i = 0; i < namings.size(); i++) {
            Naming naming = namings.get(i);
            boolean creates = naming.inode != null && naming.old == null;
            if (i < sure || !creates && chance.nextBoolean()) { // files last in the order in which they were created
                naming.applyTo(lasting);
            }
        }
        names.clear();
        names.putAll(lasting);
        namings.clear();
        names.values().forEach(inode -> inode.pending.clear());
    }

    /**
     * Each sector is as it was after one of the changes that do not last, or before them. What comes behind a
     * truncation that is lost is lost too: a file system writes its sizes down in order.
     */
    private static void keepSomeSectors(Inode inode, RandomGenerator chance) {
        inode.pending.descendingIterator().forEachRemaining(Change::undo);
        Set<Integer> older = new HashSet<>();
        for (Change change : inode.pending) {
            if (change.written.length == 0) {
                if (chance.nextBoolean()) {
                    return;
                }
                inode.size = change.offset;
            }
            int end = change.offset + change.written.length;
            for (int from = change.offset; from < end; ) {
                int sector = from / SECTOR_BYTES;
                int to = Math.min(end, (sector + 1) * SECTOR_BYTES);
                if (!older.contains(sector) && (chance.nextBoolean() || !older.add(sector))) {
                    byte[] part = Arrays.copyOfRange(change.written, from - change.offset, to - change.offset);
                    inode.write(part, part.length, from);
                }
                from = to;
            }
        }
    }

    /** A copy of everything, as it is now. */
    public SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk();
        copy.boots = boots;
        names.forEach((name, inode) -> {
            Inode same = new Inode();
            same.write(inode.bytes, inode.size, 0);
            copy.names.put(name, same);
            copy.lasting.put(name, same);
        });
        return copy;
    }

    /**
     * Overwrites some neighbouring bytes of a table by chance; false if there is none.
     *
     * @param whole whether all of the table is lost, not a part of it
     */
    public boolean rotTable(RandomGenerator chance, boolean whole) {
        List<Inode> tables = new ArrayList<>();
        names.forEach((name, inode) -> {
            if (name.getFileName().toString().startsWith("table-") && inode.size > 0) {
                tables.add(inode);
            }
        });
        if (tables.isEmpty()) {
            return false;
        }
        Inode table = tables.get(chance.nextInt(tables.size()));
        int count = whole ? table.size : 1 + chance.nextInt(Math.min(table.size, 512));
        int from = chance.nextInt(table.size - count + 1);
        byte[] rotten = table.bytes.clone(); // whoever has it mapped goes on seeing what the memory has
        for (int i = from; i < from + count; i++) {
            rotten[i] ^= (byte) (1 + chance.nextInt(255));
        }
        table.bytes = rotten;
        return true;
    }

    /** What a small file has, or null. */
    public byte[] read(Path file) {
        Inode inode = names.get(file);
        return inode == null ? null : Arrays.copyOf(inode.bytes, inode.size);
    }

    /** Replaces a small file; it lasts. */
    public void replace(Path file, byte[] bytes) throws IOException {
        if (full) {
            throw noSpace(file);
        }
        Inode inode = new Inode();
        inode.write(bytes, bytes.length, 0);
        names.put(file, inode);
        lasting.put(file, inode);
    }

    /** The names of its files, for those who look for the reason of something. */
    public List<String> files() {
        List<String> files = new ArrayList<>();
        names.forEach((name, inode) -> files.add(name + " " + inode.size));
        return files;
    }

    private static IOException noSpace(Path path) {
        return new IOException(path + ": No space left on device");
    }

    private void name(Path path, Inode inode, Path old) {
        Naming naming = new Naming(path.getParent(), path, inode, old);
        naming.applyTo(names);
        namings.add(naming);
    }

    private void change(Inode inode, int offset, byte[] written, int sizeAfter) {
        int end = written.length > 0 ? offset + written.length : inode.size;
        byte[] over = offset < inode.size ? Arrays.copyOfRange(inode.bytes, offset, Math.min(inode.size, end)) : new byte[0];
        inode.pending.add(new Change(changes++, inode, offset, written, over, inode.size));
        if (written.length > 0) {
            inode.write(written, written.length, offset);
        } else {
            inode.size = sizeAfter;
        }
    }

    /** The disk as one process sees it. */
    private final class Opened implements Disk {
        private final int openedBy = process;

        private void live() throws IOException {
            if (openedBy != process) {
                throw new IOException("the process is gone (simulated)");
            }
        }

        private Inode existing(Path path) throws IOException {
            live();
            Inode inode = names.get(path);
            if (inode == null) {
                throw new NoSuchFileException(path.toString());
            }
            return inode;
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            live();
            Inode there = names.get(path);
            if (there == null) {
                if (full) {
                    throw noSpace(path);
                }
                there = new Inode();
                name(path, there, null);
            }
            return new MemoryFile(this, path, there);
        }

        @Override
        public DiskFile openToRead(Path path) throws IOException {
            return new MemoryFile(this, path, existing(path));
        }

        @Override
        public ByteBuffer map(Path path, long offset, long length) throws IOException {
            Inode inode = existing(path);
            if (offset + length > inode.size) {
                throw new IOException(path + " is shorter than what is mapped");
            }
            return ByteBuffer.wrap(inode.bytes, (int) offset, (int) length).slice().asReadOnlyBuffer();
        }

        @Override
        public ByteBuffer mapToWrite(Path path, int bytes) throws IOException {
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

        @Override
        public void syncDirectory(Path directory) throws IOException {
            live();
            for (Iterator<Naming> i = namings.iterator(); i.hasNext(); ) {
                Naming naming = i.next();
                if (naming.directory.equals(directory)) {
                    naming.applyTo(lasting);
                    i.remove();
                }
            }
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            name(to, existing(from), from);
        }

        @Override
        public void delete(Path file) throws IOException {
            live();
            if (names.containsKey(file)) {
                name(file, null, null);
            }
        }

        @Override
        public void link(Path name, Path existing) throws IOException {
            name(name, existing(existing), null);
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
            return new Space(full ? 0 : Long.MAX_VALUE / 2, Long.MAX_VALUE / 2);
        }
    }

    /** One open file. */
    private final class MemoryFile implements Disk.DiskFile {
        private final Opened by;
        private final Path path;
        private final Inode inode;

        MemoryFile(Opened by, Path path, Inode inode) {
            this.by = by;
            this.path = path;
            this.inode = inode;
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            writeAt(bytes, inode.size);
        }

        @Override
        public void writeAt(ByteBuffer from, long offset) throws IOException {
            by.live();
            if (full) {
                throw noSpace(path);
            }
            byte[] bytes = new byte[from.remaining()];
            from.get(bytes);
            if (bytes.length > 0) {
                change(inode, (int) offset, bytes, 0);
            }
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            by.live();
            int count = (int) Math.max(0, Math.min(into.remaining(), inode.size - offset));
            if (count > 0) {
                into.put(inode.bytes, (int) offset, count);
            }
            return count;
        }

        @Override
        public void force() throws IOException {
            by.live();
            inode.pending.clear();
        }

        @Override
        public long size() {
            return inode.size;
        }

        @Override
        public void truncate(long size) throws IOException {
            by.live();
            if (size < inode.size) {
                change(inode, (int) size, new byte[0], (int) size);
            }
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
