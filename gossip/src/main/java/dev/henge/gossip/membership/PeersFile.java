package dev.henge.gossip.membership;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers ever met, on disk: text lines, one a peer, each with its checksum ({@code docs/formats/peers.md}).
 *
 * <p>The file is written whole to a neighbour, synced, and renamed over the old one, so that a crash leaves either
 * the old peers or the new. A line that fails its checksum is skipped: one lost peer is met again, a node that
 * refuses to start is not.
 */
final class PeersFile {
    /** The first line, with the version of the format. */
    static final String HEADER = "henge-peers 1";
    /** A larger file was not written by us: {@link MembershipView#PEERS_MAX} lines of 4 KiB at the most. */
    static final long FILE_BYTES_MAX = MembershipView.PEERS_MAX * 4096L;
    private static final String PEER = "peer";
    private static final int FIELDS = 6;

    private static final Logger LOG = LoggerFactory.getLogger(PeersFile.class);

    private final Path path;

    PeersFile(Path path) {
        this.path = path;
    }

    /** Reads the peers, oldest acquaintance first; none if there is no file yet. */
    List<Member> load() throws IOException {
        if (!Files.exists(path)) {
            return List.of();
        }
        if (Files.size(path) > FILE_BYTES_MAX) {
            throw new IOException(path + " is larger than a peers file can be");
        }
        String[] lines = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).split("\n");
        if (!lines[0].equals(HEADER)) {
            throw new IOException(path + " does not start with '" + HEADER + "' but with '" + lines[0] + "'");
        }
        List<Member> peers = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            Optional<Member> peer = parse(lines[i]);
            if (peer.isEmpty()) {
                LOG.warn("{} line {} is damaged; that peer must be met anew", path, i + 1);
            }
            peer.ifPresent(peers::add);
        }
        return peers;
    }

    /** Replaces the file; returns when the new one is on the disk. */
    void save(Collection<Member> peers) throws IOException {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        peers.forEach(peer -> text.append(format(peer)).append('\n'));
        Path directory = path.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Path fresh = directory.resolve(path.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
            entry.force(true);
        }
    }

    static String format(Member peer) {
        String body = String.join(" ", PEER, MemberText.escape(peer.id()), MemberText.escape(peer.host()),
                Integer.toString(peer.gossipPort()), "{" + MemberText.encode(new TreeMap<>(peer.properties())) + "}");
        return body + " " + checksum(body);
    }

    static Optional<Member> parse(String line) {
        String[] fields = line.split(" ", -1);
        int body = line.lastIndexOf(' ');
        if (fields.length != FIELDS || !fields[0].equals(PEER)
                || !fields[FIELDS - 1].equals(checksum(line.substring(0, body)))) {
            return Optional.empty();
        }
        try {
            String properties = fields[4].substring(1, fields[4].length() - 1);
            return Optional.of(new Member(MemberText.unescape(fields[1]), MemberText.unescape(fields[2]),
                    Integer.parseInt(fields[3]), MemberText.decode(properties)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String checksum(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }
}
