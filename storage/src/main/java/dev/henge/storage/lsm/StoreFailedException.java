package dev.henge.storage.lsm;

/** A store that takes no more writes, because its disk refused one. Reads go on; only a restart takes writes again. */
public final class StoreFailedException extends RuntimeException {

    StoreFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
