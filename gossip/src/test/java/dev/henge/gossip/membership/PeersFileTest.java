package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The peers file against its golden copy, and damaged in several ways. */
class PeersFileTest {
    private static final List<Member> PEERS = List.of(
            new Member("node-1", "10.0.0.1", 7946,
                    Map.of("zone", "east", "client", "6379", Member.CLUSTER, "c 1", Member.BOOT_EPOCH, "3")),
            new Member("a b&=%/é", "::1", 1, Map.of()));

    @TempDir
    Path directory;
    private Path path;
    private PeersFile file;

    @BeforeEach
    void open() {
        path = directory.resolve("sub").resolve("peers");
        file = new PeersFile(path);
    }

    @Test
    void isWrittenAndReadAsTheGoldenCopySays() throws IOException {
        assertEquals(List.of(), file.load(), "none before the first save");
        file.save(PEERS);
        try (InputStream golden = PeersFileTest.class.getResourceAsStream("/golden/peers-1.txt")) {
            assertNotNull(golden);
            assertEquals(new String(golden.readAllBytes(), StandardCharsets.UTF_8),
                    Files.readString(path));
        }
        assertEquals(PEERS, file.load());
        file.save(PEERS.subList(1, 2));
        assertEquals(PEERS.subList(1, 2), file.load());
        try (var files = Files.list(path.getParent())) {
            assertEquals(1, files.count(), "the neighbour has become the file");
        }
    }

    @Test
    void aDamagedLineCostsThatPeerOnly() throws IOException {
        file.save(PEERS);
        String text = Files.readString(path);
        Files.writeString(path, text.replace("10.0.0.1", "10.0.0.9"));
        assertEquals(PEERS.subList(1, 2), file.load());
        Files.writeString(path, text.substring(0, text.length() - 4));
        assertEquals(PEERS.subList(0, 1), file.load(), "a torn end");
        Files.writeString(path, PeersFile.HEADER + "\n\npeer\nnonsense  with    many  fields\n");
        assertEquals(List.of(), file.load());
    }

    @Test
    void anotherVersionOrNoPeersFileAtAllIsRefused() throws IOException {
        Files.createDirectories(path.getParent());
        for (String text : List.of("henge-peers 2\n", "", "something else")) {
            Files.writeString(path, text);
            assertThrows(IOException.class, file::load, text);
        }
        Files.write(path, new byte[(int) PeersFile.FILE_BYTES_MAX + 1]);
        assertThrows(IOException.class, file::load);
    }
}
