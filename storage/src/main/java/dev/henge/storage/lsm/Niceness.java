package dev.henge.storage.lsm;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a thread steps back where others want its core, by setpriority(2), which on Linux goes for a single thread.
 * Java's own priorities mean nothing there unless the whole virtual machine is told to heed them.
 *
 * <p>Only a courtesy: elsewhere, and where it is refused, the thread takes its equal share.
 */
final class Niceness {

    private static final Logger LOG = LoggerFactory.getLogger(Niceness.class);
    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;
    private static final boolean THERE = load();

    private Niceness() {
    }

    private static native int getpriority(int which, int who);

    private static native int setpriority(int which, int who, int nice);

    private static boolean load() {
        try {
            if (Platform.isLinux()) {
                Native.register(Niceness.class, "c");
                return true;
            }
        } catch (LinkageError | RuntimeException e) {
            LOG.info("no setpriority here, so flushes and compaction get as much of a core as commands: {}",
                    e.toString());
        }
        return false;
    }

    /** Has the calling thread step back by so much behind those of its process; each step is a fifth less of a core. */
    static void ofThisThread(int nice) {
        if (THERE && nice > 0) {
            setpriority(PRIO_PROCESS, THIS_THREAD, getpriority(PRIO_PROCESS, THIS_THREAD) + nice);
        }
    }
}
