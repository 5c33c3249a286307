package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;

/**
 * What tells a full disk from a broken one: a refusal for want of space does no harm to what was written before, and
 * may be tried again; everything else that a disk refuses is final.
 *
 * <p>Java has no exception class of its own for it, only the operating system's words.
 */
public final class DiskFull {

    private static final Set<String> WORDS = Set.of(
        "no space left on device",
        "disk quota exceeded",
        "quota exceeded",
        "not enough space",
        "there is not enough space on the disk");
    private static final int CAUSES_MAX = 10;

    private DiskFull() {
    }

    /** Whether somewhere among the causes a disk says that it, or its owner's quota, is full. */
    public static boolean is(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            boolean disk = cause instanceof IOException || cause instanceof UncheckedIOException;
            if (disk && cause.getMessage() != null && saysFull(cause.getMessage())) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean saysFull(String message) {
        String text = message.toLowerCase(Locale.ROOT);
        return WORDS.stream().anyMatch(text::contains);
    }
}
