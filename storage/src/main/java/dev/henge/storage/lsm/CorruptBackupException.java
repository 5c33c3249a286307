package dev.henge.storage.lsm;

import java.nio.file.Path;

/** A backup that cannot be trusted: unfinished, damaged, or with a file missing; names the file. */
public final class CorruptBackupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CorruptBackupException(Path file, String what) {
        super(file + ": " + what);
    }
}
