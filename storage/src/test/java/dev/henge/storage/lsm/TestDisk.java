package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

/** A disk that syncs nothing in truth, remembers what was synced, fails on demand, and can be copied at one moment. */
final class TestDisk implements Disk {

    private final RealDisk real = new RealDisk();
    private final Map<Path, Long> syncedBytes = new ConcurrentHashMap<>();
    private final ReentrantReadWriteLock moment = new ReentrantReadWriteLock();
    volatile String failAppendsTo;
    volatile String failForcesOf;
    volatile String failure = "No space left on device (simulated)";
    volatile boolean failLinks;
    volatile int forces;
    /** What the machine drew when it was started; as for the real disk, which opens copies of this one. */
    volatile String boot = real.bootId();
    /** Whether a full disk has room again once something was cut. */
    volatile boolean cutsMakeRoom;
    volatile boolean maps = true;
    /** How long each append to a table or a value file takes. */
    volatile long tableAppendNanos;
    /** How long each sync takes. */
    volatile long forceNanos;
    /** What syncs of the log's segments wait for, and writes to them: a busy disk. */
    volatile CountDownLatch stall = new CountDownLatch(0);
    /** How many have waited for it, or do. */
    final AtomicInteger stalled = new AtomicInteger();
    /** The room there is, or null for that of the real disk. */
    volatile Space space;
    /** What need not stay in the system's memory. */
    final List<Uncached> uncached = new CopyOnWriteArrayList<>();

    /** A part of a file. */
    record Uncached(Path file, long offset, long length) {
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T during(Work<T> work) throws IOException {
        moment.readLock().lock();
        try {
            return work.run();
        } finally {
            moment.readLock().unlock();
        }
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return during(() -> {
            boolean there = Files.exists(file);
            DiskFile opened = real.open(file);
            syncedBytes.putIfAbsent(file, there ? opened.size() : 0);
            return new WatchedFile(file, opened);
        });
    }

    @Override
    public ByteBuffer mapToWrite(Path file, int bytes) throws IOException {
        if (!maps) {
            throw new IOException("No such device (simulated)");
        }
        return Disk.super.mapToWrite(file, bytes);
    }

    @Override
    public void uncache(Path file, long offset, long length) {
        assertTrue(offset + length <= syncedBytes.get(file), "not synced yet");
        uncached.add(new Uncached(file, offset, length));
        real.uncache(file, offset, length);
    }

    @Override
    public String bootId() {
        return boot;
    }

    @Override
    public Space space(Path directory) throws IOException {
        return space != null ? space : real.space(directory);
    }

    @Override
    public void syncDirectory(Path directory) {
        // names last at once here
    }

    @Override
    public void link(Path name, Path existing) throws IOException {
        if (failLinks) {
            throw new IOException("Invalid cross-device link (simulated)");
        }
        Disk.super.link(name, existing);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        during(() -> {
            Disk.super.rename(from, to);
            syncedBytes.put(to, syncedBytes.remove(from));
            return null;
        });
    }

    @Override
    public void delete(Path file) throws IOException {
        during(() -> {
            Disk.super.delete(file);
            syncedBytes.remove(file);
            return null;
        });
    }

    /** What a crash of the process leaves at this moment; with {@code powerLoss} also without what was not synced. */
    void crashInto(Path directory, Path copy, boolean powerLoss) throws IOException {
        moment.writeLock().lock();
        try (Stream<Path> files = Files.list(directory)) {
            Files.createDirectories(copy);
            for (Path file : files.toList()) {
                Path target = copy.resolve(file.getFileName());
                Files.copy(file, target);
                Long synced = syncedBytes.get(file);
                if (powerLoss && synced != null) {
                    try (DiskFile cut = real.open(target)) {
                        cut.truncate(Math.min(synced, cut.size()));
                    }
                }
            }
        } finally {
            moment.writeLock().unlock();
        }
    }

    private void failIf(String pattern, Path file) throws IOException {
        if (pattern != null && file.getFileName().toString().matches(pattern)) {
            throw new IOException(file + ": " + failure);
        }
    }

    private final class WatchedFile implements DiskFile {
        private final Path path;
        private final DiskFile file;

        WatchedFile(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public void append(ByteBuffer bytes) throws IOException {
            failIf(failAppendsTo, path);
            if (tableAppendNanos > 0 && !path.getFileName().toString().startsWith("log-")) {
                LockSupport.parkNanos(tableAppendNanos);
            }
            during(() -> {
                file.append(bytes);
                return null;
            });
        }

        @Override
        public void writeAt(ByteBuffer bytes, long offset) throws IOException {
            failIf(failAppendsTo, path);
            awaitStall();
            if (tableAppendNanos > 0 && !path.getFileName().toString().startsWith("log-")) {
                LockSupport.parkNanos(tableAppendNanos);
            }
            during(() -> {
                file.writeAt(bytes, offset);
                return null;
            });
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            return file.read(into, offset);
        }

        private void awaitStall() throws IOException {
            if (stall.getCount() > 0 && path.getFileName().toString().startsWith("log-")) {
                stalled.incrementAndGet();
                try {
                    stall.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }

        @Override
        public void force() throws IOException {
            failIf(failForcesOf, path);
            long size = file.size();
            awaitStall();
            if (forceNanos > 0) {
                LockSupport.parkNanos(forceNanos);
            }
            during(() -> syncedBytes.merge(path, size, Math::max));
            forces++;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            during(() -> {
                failAppendsTo = cutsMakeRoom && size > 0 ? null : failAppendsTo;
                file.truncate(size);
                syncedBytes.computeIfPresent(path, (p, synced) -> Math.min(synced, size));
                return null;
            });
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
