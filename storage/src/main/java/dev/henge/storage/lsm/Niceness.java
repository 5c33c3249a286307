package dev.henge.storage.lsm;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a thread steps back where others want its core, by setpriority(2), which on Linux goes for a single thread.
 * Java's own priorities mean nothing there unless the whole virtual machine is told to heed them.
 *
 * <p>Only a courtesy: elsewhere, and where it is refused, the thread takes its equal share.
 */
public final class Niceness {

    private static final Logger LOG = LoggerFactory.getLogger(Niceness.class);
    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;
    private static final Path THREADS = Path.of("/proc/self/task");
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
        if (nice > 0) {
            of(THIS_THREAD, nice);
        }
    }

    /**
     * Has those threads of this process step back so whose names, as the system has them, begin with this text: it
     * keeps fifteen bytes of a name. Threads that they start will step back as far.
     *
     * @return how many there are; 0 where it cannot be told
     */
    public static int ofThreadsNamed(String begin, int nice) {
        int count = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (Path thread : threads) {
                if (nameOf(thread).startsWith(begin)) {
                    count += of(Integer.parseInt(thread.getFileName().toString()), nice) ? 1 : 0;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.info("the threads of this process cannot be listed, so none of {} steps back: {}", begin, e.toString());
        }
        return count;
    }

    private static String nameOf(Path thread) {
        try {
            return Files.readString(thread.resolve("comm"));
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static boolean of(int thread, int nice) {
        return THERE && setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + nice) == 0;
    }
}
