package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A disk of which only so many files are open to be read at once. One that is opened to read is opened in truth at its
 * first read, and closed when it is the one that was read longest ago; the next read opens it again.
 *
 * <p>Any thread. A file is not closed under a reader, so that the bound is passed by at most the number of threads.
 */
final class BoundedDisk implements Disk {

    static final int OPEN_FILES_MAX = 256;

    private final Disk disk;
    private final int openMax;
    /** The files that are open, the one read longest ago first. Guards itself and the files' fields. */
    private final Map<LazyFile, Boolean> open = new LinkedHashMap<>(16, 0.75f, true);

    BoundedDisk(Disk disk, int openMax) {
        this.disk = disk;
        this.openMax = openMax;
    }

    /** How many files are open to be read. */
    int openFiles() {
        synchronized (open) {
            return open.size();
        }
    }

    @Override
    public DiskFile openToRead(Path file) {
        return new LazyFile(file);
    }

    private void closeColdest() throws IOException {
        Iterator<LazyFile> files = open.keySet().iterator();
        while (open.size() > openMax && files.hasNext()) {
            LazyFile coldest = files.next();
            if (coldest.readers == 0) {
                files.remove();
                coldest.closeTruly();
            }
        }
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return disk.open(file);
    }

    @Override
    public void uncache(Path file, long offset, long length) {
        disk.uncache(file, offset, length);
    }

    @Override
    public ByteBuffer map(Path file, long offset, long length) throws IOException {
        return disk.map(file, offset, length);
    }

    @Override
    public ByteBuffer mapToWrite(Path file, int bytes) throws IOException {
        return disk.mapToWrite(file, bytes);
    }

    @Override
    public String bootId() {
        return disk.bootId();
    }

    @Override
    public void unmap(ByteBuffer mapping) {
        disk.unmap(mapping);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        disk.syncDirectory(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        disk.delete(file);
    }

    @Override
    public void link(Path name, Path existing) throws IOException {
        disk.link(name, existing);
    }

    @Override
    public boolean exists(Path file) {
        return disk.exists(file);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public long modifiedMillis(Path file) throws IOException {
        return disk.modifiedMillis(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public DirectoryLock lock(Path directory) throws IOException {
        return disk.lock(directory);
    }

    @Override
    public Space space(Path directory) throws IOException {
        return disk.space(directory);
    }

    /** A file that is open only while it is among those read last. */
    private final class LazyFile implements DiskFile {
        private final Path path;
        private DiskFile file;
        private int readers;
        private boolean closed;

        LazyFile(Path path) {
            this.path = path;
        }

        private DiskFile take() throws IOException {
            synchronized (open) {
                if (closed) {
                    throw new IOException(path + " is closed");
                }
                if (file == null) {
                    file = disk.openToRead(path);
                }
                open.put(this, Boolean.TRUE);
                readers++;
                closeColdest();
                return file;
            }
        }

        private void giveBack() throws IOException {
            synchronized (open) {
                if (--readers == 0) {
                    if (closed) {
                        closeTruly();
                    }
                    closeColdest();
                }
            }
        }

        private void closeTruly() throws IOException {
            if (file != null) {
                file.close();
                file = null;
            }
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            DiskFile taken = take();
            try {
                return taken.read(into, offset);
            } finally {
                giveBack();
            }
        }

        @Override
        public long size() throws IOException {
            DiskFile taken = take();
            try {
                return taken.size();
            } finally {
                giveBack();
            }
        }

        @Override
        public void close() throws IOException {
            synchronized (open) {
                closed = true;
                open.remove(this);
                if (readers == 0) {
                    closeTruly();
                }
            }
        }

        @Override
        public void append(ByteBuffer bytes) {
            throw readOnly();
        }

        @Override
        public void writeAt(ByteBuffer bytes, long offset) {
            throw readOnly();
        }

        @Override
        public void force() {
            throw readOnly();
        }

        @Override
        public void truncate(long size) {
            throw readOnly();
        }

        private UnsupportedOperationException readOnly() {
            return new UnsupportedOperationException(path + " is open to be read");
        }
    }
}
