package dev.henge.storage.lsm;

import java.nio.file.Path;

/** A table, value file or manifest whose bytes are not those that were written; names the file. */
public final class CorruptTableException extends RuntimeException {

    private final Path file;

    CorruptTableException(Path file, String what) {
        super(file + " is damaged: " + what);
        this.file = file;
    }

    public Path file() {
        return file;
    }
}
