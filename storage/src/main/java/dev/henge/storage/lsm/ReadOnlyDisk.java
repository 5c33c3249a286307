package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The disk of this machine for who only looks: it makes no file and changes none. */
final class ReadOnlyDisk implements Disk {

    @Override
    public DiskFile open(Path file) throws IOException {
        return new ChannelFile(file, FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public void syncDirectory(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rename(Path from, Path to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Path file) {
        throw new UnsupportedOperationException();
    }
}
