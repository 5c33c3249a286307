package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody is accused while every core is busy. {@code -Dhenge.long=true} makes it a full minute. */
class BusyCoresTest {
    private static final int HOGS_PER_CORE = 2;

    @TempDir
    Path directory;

    @Test
    void nobodyIsSuspectedWhileEveryCoreIsBusy() throws Exception {
        Duration busy = Duration.ofSeconds(Boolean.getBoolean("henge.long") ? 60 : 20);
        AtomicBoolean over = new AtomicBoolean();
        LongAdder work = new LongAdder();
        List<Thread> hogs = new ArrayList<>();
        try (Gossipers gossipers = new Gossipers(directory)) {
            HostPort seed = gossipers.start("a").address();
            gossipers.start("b", seed);
            for (String id : List.of("c", "d")) {
                gossipers.closeAfter(GossiperProcess.start(id, Gossipers.freeAddress(), 1, seed,
                        gossipers.peersFile(id), directory.resolve(id + ".log")));
            }
            List<String> viewers = List.of("a", "b");
            List<String> all = List.of("a", "b", "c", "d");
            Gossipers.await(Duration.ofSeconds(30), gossipers::beliefs, () -> viewers.stream().allMatch(
                    viewer -> all.stream().allMatch(id -> gossipers.get(viewer).sees(id) == Liveness.ALIVE)));
            for (int i = 0; i < HOGS_PER_CORE * Runtime.getRuntime().availableProcessors(); i++) {
                hogs.add(new Thread(() -> burn(over, work), "hog-" + i));
            }
            hogs.forEach(Thread::start);
            hogs.get(0).join(busy.toMillis());
            for (String viewer : viewers) {
                for (String id : all) {
                    List<String> expected = viewer.equals(id) ? List.of() : List.of("DEAD->ALIVE");
                    assertEquals(expected, gossipers.get(viewer).story(id), viewer + " about " + id);
                }
            }
        } finally {
            over.set(true);
            for (Thread hog : hogs) {
                hog.join();
            }
        }
        assertTrue(work.sum() > 0, "the hogs have burnt");
    }

    private static void burn(AtomicBoolean over, LongAdder work) {
        while (!over.get()) {
            work.increment();
        }
    }
}
