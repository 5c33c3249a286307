package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a ring's directory remembers of its nodes. */
class LaunchTest {
    @TempDir
    private Path temp;

    private RingDirectory ring() {
        return new RingDirectory(temp);
    }

    @Test
    void aNodeIsStartedAgainAsItWasButWithoutItsSecrets() throws Exception {
        NodeDirectory node = ring().node(1);
        node.prepare();
        Launch launch = new Launch("300m", Map.of("port", "7001", "zone", "a b", "requirepass", "hush"));
        launch.keep(node, Map.of("HENGE_LOG_SYNC", "always", "HENGE_PORT", "9", "HENGE_REQUIREPASS", "hush", "PATH", "x"));
        assertFalse(Files.readString(node.path().resolve("launch")).contains("hush"));
        assertEquals(Optional.of(new Launch("300m", Map.of("port", "7001", "zone", "a b", "log-sync", "always"))),
                Launch.of(node));
        assertEquals(Optional.empty(), Launch.of(ring().node(2)));
        Map<String, String> environment = launch.environment(Map.of("HENGE_SEEDS", "other:1", "PATH", "x"));
        assertEquals(Map.of("PATH", "x", "HENGE_HEAP", "300m", "HENGE_REQUIREPASS", "hush"), environment);
        assertEquals("hush", launch.config(Map.of()).requirepass());
    }

    @Test
    void aProcessGetsNoSecretAsAnArgument() throws Exception {
        Context context = new Context(System.out, System.err, Map.of(), config -> null, heap -> List.of("/bin/echo", heap));
        NodeProcess process = new Launch("300m", Map.of("port", "7001", "requirepass", "hush"))
                .process(1, ring(), context);
        process.start();
        assertTrue(process.awaitEnd(20_000));
        assertEquals(List.of("300m --set port=7001"), process.logTail(5));
    }

    @Test
    void theNodesOfADirectoryAreRemembered() throws Exception {
        ring().lock().close();
        ring().write(new RingDirectory.Shape(2, "127.0.0.1", 7001).with(4));
        assertEquals(new RingDirectory.Shape(2, "127.0.0.1", 7001, List.of(1, 2, 4)), ring().shape().orElseThrow());
        ring().node(4).prepare();
        new Launch("1g", Map.of("port", "7010", "host", "0.0.0.0", "join", "yes", "seeds", "127.0.0.1:7001@8,far:1"))
                .keep(ring().node(4), Map.of());
        RingDirectory.Shape shape = ring().shape().orElseThrow();
        assertEquals(List.of(7001, 7002, 7010), List.of(ring().port(shape, 1), ring().port(shape, 2), ring().port(shape, 4)));
        assertEquals("127.0.0.1", ring().host(shape, 4));
        assertEquals("127.0.0.1:7001,127.0.0.1:7002,far:1",
                ring().amongAll(Launch.of(ring().node(4)).orElseThrow(), shape, 4).settings().get("seeds"));
        assertEquals("127.0.0.1:7002,127.0.0.1:7010", ring().amongAll(
                new Launch("1g", Map.of("seeds", "127.0.0.1:7003")), shape, 1).settings().get("seeds"));
        ring().write(shape.without(1).without(2).without(4));
        assertEquals(Optional.empty(), ring().shape());
    }

    @Test
    void aDirectoryWrittenBeforeNodesCouldJoinHasThoseThatFormedIt() throws Exception {
        Files.writeString(temp.resolve("ring"), "format=1\nnodes=3\nhost=127.0.0.1\nport=7001\n");
        assertEquals(new RingDirectory.Shape(3, "127.0.0.1", 7001), ring().shape().orElseThrow());
        assertEquals(List.of(1, 2, 3), ring().shape().orElseThrow().members());
    }

    @Test
    void aRingOfAnotherSizeIsRefused() throws Exception {
        ring().lock().close();
        ring().write(new RingDirectory.Shape(3, "127.0.0.1", 7001).with(4));
        ring().refuseIfOtherRing(3, false);
        ring().refuseIfOtherRing(4, false);
        Failure refused = assertThrows(Failure.class, () -> ring().refuseIfOtherRing(5, false));
        assertEquals(temp + " holds a ring of 4 nodes, not 5; use --nodes 4, another --dir, or --fresh to delete its data",
                refused.getMessage());
    }

    @Test
    void nodesAreAddedByOneAtATimeBesideAnUpThatStays() throws Exception {
        try (FileChannel up = ring().lock(); FileChannel join = ring().lockMembers()) {
            assertTrue(up.isOpen() && join.isOpen());
            Failure refused = assertThrows(Failure.class, () -> ring().lockMembers().close());
            assertEquals(temp + " is in use: another henge join, down or restart is at work there; wait for it",
                    refused.getMessage());
        }
        ring().lockMembers().close();
    }
}
