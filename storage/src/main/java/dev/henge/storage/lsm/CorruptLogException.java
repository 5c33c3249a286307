package dev.henge.storage.lsm;

import java.nio.file.Path;

/** A commit log that is damaged where no crash can damage it; names the file and the offset. */
public final class CorruptLogException extends RuntimeException {

    private final Path file;
    private final long offset;

    public CorruptLogException(Path file, long offset, String what) {
        super("commit log " + file + " is damaged at offset " + offset + ": " + what);
        this.file = file;
        this.offset = offset;
    }

    public Path file() {
        return file;
    }

    public long offset() {
        return offset;
    }
}
