package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Threads beside a loop step back, and they alone. */
@EnabledOnOs(OS.LINUX)
class NicenessTest {

    /** Where proc(5) has a thread's niceness, counted behind its name in brackets. */
    private static final int NICE_FIELD = 16;

    private static int ofThisThread() throws IOException {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICE_FIELD]);
    }

    @Test
    void aWorkerStepsBackAndNotItsOwner() throws Exception {
        int before = ofThisThread();
        ExecutorService worker = Workers.threads().worker("nice-test", 4);
        try {
            assertEquals(before + 4, worker.submit(NicenessTest::ofThisThread).get());
            assertEquals(before, ofThisThread());
        } finally {
            worker.shutdownNow();
        }
    }

    @Test
    void threadsStepBackByTheirNames() throws Exception {
        int before = ofThisThread();
        String name = "nice-by-name-and-more"; // the system keeps fifteen bytes of it
        try (Worker named = new Worker(name); Worker other = new Worker("another")) {
            assertEquals(before, named.niceness());
            assertEquals(1, Niceness.ofThreadsNamed("nice-by-name", 3));
            assertEquals(before + 3, named.niceness());
            assertEquals(before, other.niceness());
            assertEquals(before, ofThisThread());
            assertEquals(0, Niceness.ofThreadsNamed("nice-by-no-name", 3));
        }
    }

    /** A thread that says how nice it is. */
    private static final class Worker implements AutoCloseable {
        private final ExecutorService thread;

        Worker(String name) {
            thread = Executors.newSingleThreadExecutor(task -> new Thread(task, name));
        }

        int niceness() throws Exception {
            return thread.submit(NicenessTest::ofThisThread).get();
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
