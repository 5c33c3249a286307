package dev.henge.storage.lsm;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a mapping's reader tells the kernel, by madvise(2). Left alone, Linux reads as much around a page that is
 * missing as the disk's {@code read_ahead_kb} says, which may be megabytes for a value of a hundred bytes.
 *
 * <p>Only advice: where there is no madvise nothing is done, and reads are as right and more costly.
 */
final class PageAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(PageAdvice.class);
    private static final int RANDOM = 1;
    private static final int WILL_NEED = 3;
    private static final boolean THERE = load();

    private PageAdvice() {
    }

    private static native int madvise(Pointer address, NativeLong length, int advice);

    private static boolean load() {
        try {
            Native.register(PageAdvice.class, "c");
            return true;
        } catch (LinkageError | RuntimeException e) {
            LOG.info("no madvise here, so cold reads of tables may read more than they need: {}", e.toString());
            return false;
        }
    }

    /** Pages of the mapping are read one by one. */
    static void random(ByteBuffer mapping) {
        advise(mapping, 0, mapping.capacity(), RANDOM);
    }

    /** A part of the mapping, from a page's edge on, will be read soon: the kernel may begin now. */
    static void willNeed(ByteBuffer mapping, int offset, int length) {
        advise(mapping, offset, length, WILL_NEED);
    }

    private static void advise(ByteBuffer mapping, int offset, int length, int advice) {
        if (THERE && mapping.isDirect() && length > 0) {
            madvise(Native.getDirectBufferPointer(mapping).share(offset), new NativeLong(length), advice);
        }
    }
}
