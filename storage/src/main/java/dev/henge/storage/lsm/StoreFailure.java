package dev.henge.storage.lsm;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first refusal of a store's disk, which is final. What the kernel did with the pages of a failed sync is unknown
 * (Rebello et al., "Can Applications Recover from fsync Failures?", 2020), so nothing is tried again.
 */
final class StoreFailure {

    private static final Logger LOG = LoggerFactory.getLogger(StoreFailure.class);

    private volatile StoreFailedException cause;

    /** Puts the store into its failed state; the first cause stays and is returned. */
    synchronized StoreFailedException fail(String what, Throwable reason) {
        if (cause == null) {
            cause = new StoreFailedException(what + ": " + reason.getMessage(), reason);
            LOG.error("the store takes no more writes until it is opened again: {}", what, reason);
            notifyAll();
        }
        return cause;
    }

    StoreFailedException cause() {
        return cause;
    }

    void check() {
        StoreFailedException failed = cause;
        if (failed != null) {
            throw new StoreFailedException(failed.getMessage(), failed);
        }
    }
}
