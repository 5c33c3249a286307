package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** up, status and down with real processes. */
@Timeout(120)
class RingOfProcessesTest {
    private static final int NODES_MAX = 4;

    @TempDir
    private Path temp;
    private final int port = freePorts();

    private String dir() {
        return temp.resolve("ring").toString();
    }

    private LauncherProcess up(int nodes, String... more) throws IOException {
        String[] words = {"up", "--nodes", Integer.toString(nodes), "--port", Integer.toString(port), "--dir", dir()};
        String[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return new LauncherProcess(all);
    }

    /**
     * A port whose neighbours, and theirs for the internal and gossip ports, are free; all lie below those that
     * outgoing connections get.
     */
    private static int freePorts() {
        for (int attempt = 0; attempt < 100; attempt++) {
            int base = ThreadLocalRandom.current().nextInt(12_000, 21_000);
            boolean free = true;
            for (int i = 0; i < NODES_MAX && free; i++) {
                free = isFree(base + i) && isFree(base + 10_000 + i) && isFree(base + 11_000 + i);
            }
            if (free) {
                return base;
            }
        }
        throw new AssertionError("no free ports");
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static void awaitGone(ProcessHandle process) throws Exception {
        process.onExit().get(20, TimeUnit.SECONDS);
    }

    private void set(String key) throws IOException {
        try (RespClient client = new RespClient("127.0.0.1", port, 5_000)) {
            assertEquals("OK", client.call("SET", key, "v"));
        }
    }

    private long dbsize() throws IOException {
        try (RespClient client = new RespClient("127.0.0.1", port, 5_000)) {
            return (Long) client.call("DBSIZE");
        }
    }

    @Test
    void sigtermStopsAllAndTheNextUpGoesOnWithTheData() throws Exception {
        try (LauncherProcess up = up(3)) {
            assertTrue(up.awaitLine("ready").contains("3 nodes in "));
            assertEquals(3, up.nodes().size());
            set("a");
            up.terminate();
            assertEquals(0, up.awaitEnd());
            for (int node = 1; node <= 3; node++) {
                assertTrue(up.text().contains("node " + node + "  stopped"), up.text());
            }
            for (ProcessHandle node : up.nodes()) {
                assertFalse(node.isAlive());
            }
        }
        try (LauncherProcess again = up(3)) {
            again.awaitLine("ready");
            assertEquals(1, dbsize());
        }
    }

    @Test
    void detachStatusAndDown() throws Exception {
        try (LauncherProcess up = up(2, "--detach")) {
            assertTrue(up.awaitLine("ready").contains("henge down --dir " + dir()));
            assertEquals(0, up.awaitEnd());
            try (LauncherProcess status = new LauncherProcess("status", "--dir", dir())) {
                assertEquals(0, status.awaitEnd(), status.text());
                assertTrue(status.text().contains("127.0.0.1:" + (port + 1) + "  ok          7  1m15s"),
                        status.text());
                assertTrue(status.text().endsWith("The 2 nodes agree on the ring henge; every vnode is served."));
            }
            try (LauncherProcess json = new LauncherProcess("status", "--json", "--dir", dir())) {
                assertEquals(0, json.awaitEnd());
                assertTrue(json.text().startsWith("{\"agreed\":true,\"staged\":false,\"vnodes_left\":0,\"nodes\":[{\"node\":1,\"pid\":"), json.text());
            }
            try (LauncherProcess down = new LauncherProcess("down", "--dir", dir())) {
                assertEquals(0, down.awaitEnd(), down.text());
                assertTrue(down.text().contains("node 2  stopped"), down.text());
            }
            for (ProcessHandle node : up.nodes()) {
                awaitGone(node);
            }
            try (LauncherProcess status = new LauncherProcess("status", "--dir", dir())) {
                assertEquals(1, status.awaitEnd());
                assertTrue(status.text().contains("down"), status.text());
            }
            try (LauncherProcess down = new LauncherProcess("down", "--dir", dir())) {
                assertEquals(0, down.awaitEnd());
                assertTrue(down.text().contains("node 1  was not running"), down.text());
            }
        }
    }

    @Test
    void aTakenPortIsNamedBeforeAnythingStarts() throws Exception {
        try (ServerSocket taken = new ServerSocket(port + 10_001, 1, InetAddress.getLoopbackAddress());
                LauncherProcess up = up(2)) {
            assertEquals(1, up.awaitEnd());
            assertTrue(up.text().startsWith("henge up: internal-port " + taken.getLocalPort()
                    + " (TCP) of node 2 is taken"), up.text());
            assertFalse(Files.exists(Path.of(dir(), "node-1")));
            if (Files.isDirectory(Path.of("/proc/self"))) {
                assertTrue(up.text().contains("by process " + ProcessHandle.current().pid()), up.text());
            }
        }
    }

    @Test
    void aDirectoryHasOneRing() throws Exception {
        try (LauncherProcess first = up(1, "--detach")) {
            first.awaitLine("ready");
            assertEquals(0, first.awaitEnd());
            for (String fresh : new String[] {"--detach", "--fresh"}) {
                try (LauncherProcess second = new LauncherProcess("up", "--nodes", "1", "--dir", dir(),
                        "--port", Integer.toString(port + 1), fresh)) {
                    assertEquals(1, second.awaitEnd());
                    assertEquals("henge up: " + dir() + " is in use: node 1 (process " + first.nodes().get(0).pid()
                            + ") runs; henge down --dir " + dir() + " stops it, or give another --dir", second.text());
                }
            }
            try (LauncherProcess node = new LauncherProcess("node", "--dir", dir() + "/node-1", "--port",
                    Integer.toString(port + 1))) {
                assertEquals(1, node.awaitEnd());
                assertTrue(node.text().contains("is in use by another node"), node.text());
            }
            assertTrue(first.nodes().get(0).isAlive());
        }
    }

    @Test
    void anUpInTheForegroundHoldsTheDirectoryAndReportsANodesDeath() throws Exception {
        try (LauncherProcess first = up(2)) {
            first.awaitLine("ready");
            try (LauncherProcess second = up(2)) {
                assertEquals(1, second.awaitEnd());
                assertTrue(second.text().contains("another henge up runs a ring there"), second.text());
            }
            first.nodes().get(1).destroyForcibly();
            assertTrue(first.awaitLine("node 2").startsWith("node 2  died with exit status 137 (signal 9)"),
                    first.text());
            assertTrue(first.text().contains("1 of 2 nodes run on"), first.text());
            assertEquals(0, dbsize());
            first.terminate();
            assertEquals(0, first.awaitEnd());
        }
    }

    @Test
    void freshDeletesTheDataAndAllowsAnotherSize() throws Exception {
        try (LauncherProcess first = up(2)) {
            first.awaitLine("ready");
            set("a");
            first.terminate();
            first.awaitEnd();
        }
        try (LauncherProcess other = up(1)) {
            assertEquals(1, other.awaitEnd());
            assertTrue(other.text().contains("holds a ring of 2 nodes, not 1"), other.text());
        }
        Path foreign = Files.createDirectories(Path.of(dir(), "node-9"));
        Files.writeString(foreign.resolve("letter.txt"), "not Henge's");
        try (LauncherProcess refused = up(1, "--fresh")) {
            assertEquals(1, refused.awaitEnd());
            assertTrue(refused.text().contains("node-9 holds something that is not a node's data"), refused.text());
        }
        Files.delete(foreign.resolve("letter.txt"));
        try (LauncherProcess fresh = up(1, "--fresh")) {
            fresh.awaitLine("ready");
            assertEquals(0, dbsize());
            assertFalse(Files.exists(Path.of(dir(), "node-2")));
        }
    }

    @Test
    void aNodeThatDiesAtTheStartShowsItsLogAndStopsTheOthers() throws Exception {
        try (LauncherProcess up = up(3, "--set", "cluster-name=second-dies")) {
            assertEquals(1, up.awaitEnd());
            assertTrue(up.text().contains("node 2  died with exit status 1"), up.text());
            assertTrue(up.text().contains("henge node: the node cannot start: this node was told to die"), up.text());
            assertTrue(up.text().contains("henge up: the ring did not become ready"), up.text());
            for (ProcessHandle node : up.nodes()) {
                assertFalse(node.isAlive());
            }
        }
    }

    @Test
    void shutdownEndsANodeInTheForegroundWithStatusNought() throws Exception {
        try (LauncherProcess up = up(1)) {
            up.awaitLine("ready");
            try (RespClient client = new RespClient("127.0.0.1", port, 5_000)) {
                client.send(RespClient.encode("SHUTDOWN"));
            }
            up.awaitLine("node 1  stopped");
            assertEquals(0, up.awaitEnd());
        }
    }

    private static String done(int status, String... words) throws Exception {
        try (LauncherProcess process = new LauncherProcess(words)) {
            assertEquals(status, process.awaitEnd(), process.text());
            return process.text();
        }
    }

    @Test
    void aNodeJoinsIsRestartedComesAgainWithUpAndIsDeleted() throws Exception {
        try (LauncherProcess up = up(2, "--detach", "--zones", "a,b")) {
            assertEquals(0, up.awaitEnd(), up.text());
            String id = FakeNode.id(port + 2);
            try (LauncherProcess join = new LauncherProcess("join", "--dir", dir(), "--zone", "c")) {
                assertEquals(0, join.awaitEnd(), join.text());
                assertTrue(join.text().startsWith("node 3  127.0.0.1:" + (port + 2) + "  pid "), join.text());
                assertTrue(join.text().contains("staged   node 127.0.0.1:" + (port + 2) + " joins\nmoves    7 vnodes"),
                        join.text());
                assertFalse(join.text().contains(id), join.text());
                String launch = Files.readString(Path.of(dir(), "node-3", "launch"));
                assertTrue(launch.contains("set.join=yes") && launch.contains("set.zone=c"), launch);
                assertTrue(done(0, "status", "--dir", dir()).matches("(?s).*\\n3 .*waiting .*The 3 nodes agree on the ring.*"));

                try (LauncherProcess restart = new LauncherProcess("restart", "--rolling", "--dir", dir())) {
                    assertEquals(0, restart.awaitEnd(), restart.text());
                    for (int node = 1; node <= 3; node++) {
                        assertTrue(restart.text().matches("(?s).*node " + node + "  drained\nnode " + node + "  stopped .*node "
                                + node + "  127.*node " + node + "  ready.*"), restart.text());
                    }
                    assertTrue(restart.text().matches("(?s).*\nrestarted 3 nodes in \\d+s"), restart.text());
                    assertFalse(join.nodes().stream().anyMatch(ProcessHandle::isAlive));
                    assertTrue(restart.nodes().stream().allMatch(ProcessHandle::isAlive));
                    String down = done(0, "down", "--dir", dir());
                    assertTrue(down.contains("node 3  stopped"), down);
                }
            }
            try (LauncherProcess again = new LauncherProcess("up", "--dir", dir(), "--detach")) {
                assertEquals(0, again.awaitEnd(), again.text());
                assertTrue(again.text().contains("ready   3 nodes in "), again.text());
                assertTrue(Files.readString(Path.of(dir(), "node-2", "launch")).contains("set.zone=b"));
                assertTrue(done(1, "down", "--delete", "1", "--dir", dir()).startsWith(
                        "henge down: node 1 is up, with 7 vnodes: henge leave or henge remove comes first"));
                assertTrue(done(0, "down", "--delete", "3", "--dir", dir()).endsWith("node 3  deleted"));
                assertFalse(Files.exists(Path.of(dir(), "node-3")));
                try (LauncherProcess restart = new LauncherProcess("restart", "--dir", dir())) {
                    assertEquals(0, restart.awaitEnd(), restart.text());
                    assertTrue(restart.text().contains("node 2  ready\nrestarted 2 nodes in"), restart.text());
                    done(0, "down", "--dir", dir());
                }
            }
            assertTrue(up.nodes().stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void aNodeThatTheRingNeverMeetsIsTakenBack() throws Exception {
        try (LauncherProcess up = up(1, "--detach")) {
            assertEquals(0, up.awaitEnd(), up.text());
            try (LauncherProcess join = new LauncherProcess("join", "127.0.0.1:" + port, "--dir", dir(), "--timeout", "1",
                    "--set", "cluster-name=nobody-is-met")) {
                assertEquals(1, join.awaitEnd());
                assertTrue(join.text().contains("node 2  is not known to the ring after 1 s; its last lines:"), join.text());
                assertTrue(join.text().endsWith("henge join: node 2 did not join; nothing is staged"), join.text());
                assertTrue(join.nodes().stream().noneMatch(ProcessHandle::isAlive));
            }
            assertFalse(Files.exists(Path.of(dir(), "node-2")));
            assertFalse(done(0, "status", "--dir", dir()).contains("\n2 "));
        }
    }
}
