package dev.henge.storage.lsm;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the writer of a file tells the kernel, by posix_fadvise(2). Left alone, Linux keeps in memory what was written
 * until it has no other memory left, and takes a page for whatever is written next that has not been used for long.
 *
 * <p>Only advice: where there is no posix_fadvise nothing is done.
 */
final class FileAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(FileAdvice.class);
    private static final int READ_ONLY = 0;
    private static final int DONT_NEED = 4;
    private static final long PAGE_BYTES = 4096;
    private static final boolean THERE = load();

    private FileAdvice() {
    }

    private static native int open(String path, int flags);

    private static native int posix_fadvise(int file, long offset, long length, int advice);

    private static native int close(int file);

    private static boolean load() {
        try {
            // off_t has 64 bits there; elsewhere the call is another, or does not exist
            if (Platform.isLinux() && Platform.is64Bit()) {
                Native.register(FileAdvice.class, "c");
                return true;
            }
        } catch (LinkageError | RuntimeException e) {
            LOG.info("no posix_fadvise here, so the log stays in the system's memory: {}", e.toString());
        }
        return false;
    }

    /**
     * A part of a file, which has been synced, need not be kept in memory: from the page that it begins in up to the
     * one that it ends in, which stays, for more may be written to it.
     */
    static void dontNeed(Path path, long offset, long length) {
        long from = offset - offset % PAGE_BYTES;
        long to = offset + length - (offset + length) % PAGE_BYTES;
        if (!THERE || from >= to) {
            return;
        }
        // Not by the channel's own descriptor, which Java keeps to itself: the advice is about the file.
        int file = open(path.toString(), READ_ONLY);
        if (file >= 0) {
            posix_fadvise(file, from, to - from, DONT_NEED);
            close(file);
        }
    }
}
