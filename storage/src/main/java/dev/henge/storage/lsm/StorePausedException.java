package dev.henge.storage.lsm;

/** Thrown to an owner that appends while the store takes no writes for want of disk space; it goes by itself. */
public final class StorePausedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StorePausedException(String message) {
        super(message);
    }
}
