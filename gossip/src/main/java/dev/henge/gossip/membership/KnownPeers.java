package dev.henge.gossip.membership;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A look at a stopped node's peers file. */
public final class KnownPeers {

    private KnownPeers() {
    }

    /**
     * How many lines of the file are damaged; a node that starts passes them by.
     *
     * @throws IOException if it is no peers file at all: a node does not start on it
     */
    public static int damagedLines(Path file) throws IOException {
        int peers = new PeersFile(file).load().size();
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n").length - 1 - peers;
    }
}
