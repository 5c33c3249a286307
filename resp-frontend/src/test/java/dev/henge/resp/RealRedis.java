package dev.henge.resp;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.RespReader;

import org.junit.jupiter.api.Assumptions;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A redis-server 7.0 of a test's own, and one connection to it, through a socket file. Tests that compare with it are
 * skipped where none is installed.
 */
public final class RealRedis implements AutoCloseable {
    private final Process process;
    private final Path directory;
    private Connection connection;

    private RealRedis(Process process, Path directory) throws IOException {
        this.process = process;
        this.directory = directory;
        this.connection = connect();
    }

    /** Starts one, or skips the test. */
    public static RealRedis start() throws IOException {
        boolean installed = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
        Assumptions.assumeTrue(installed, "no redis-server to compare with");
        Path directory = Files.createTempDirectory("redis");
        Process process = new ProcessBuilder("redis-server", "--port", "0", "--save", "", "--unixsocket",
                directory.resolve("s").toString(), "--dir", directory.toString()).redirectErrorStream(true).start();
        BufferedReader log = process.inputReader();
        StringBuilder seen = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            seen.append(line).append('\n');
            if (line.contains("eady to accept connections") || line.contains("accept connections at")) {
                return new RealRedis(process, directory);
            }
        }
        throw new IOException("redis-server did not start:\n" + seen);
    }

    /** Whether it is of the version whose answers are known. */
    public boolean isVersion(String prefix) throws IOException, ProtocolException {
        return call("INFO", "server").asText().contains("redis_version:" + prefix);
    }

    /** Opens one more connection. */
    public Connection connect() throws IOException {
        return new Connection(SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("s"))));
    }

    /** Sends a command and waits for the reply. */
    public Reply call(String... args) throws IOException, ProtocolException {
        return connection.call(args);
    }

    /** Replaces the connection with a new one. */
    public void reconnect() throws IOException {
        connection.close();
        connection = connect();
    }

    @Override
    public void close() throws IOException {
        connection.close();
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(directory.resolve("s"));
        Files.deleteIfExists(directory);
    }

    /** One connection. */
    public static final class Connection implements AutoCloseable {
        private final SocketChannel channel;
        private final RespReader reader = new RespReader();
        private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

        private Connection(SocketChannel channel) {
            this.channel = channel;
        }

        /** Sends a command, without waiting. */
        public void send(String... args) throws IOException {
            RespEncoder out = new RespEncoder();
            out.array(args.length);
            for (String arg : args) {
                out.bulk(arg);
            }
            raw(out.toByteArray());
        }

        /** Sends bytes as they are. */
        public void raw(byte[] bytes) throws IOException {
            ByteBuffer out = ByteBuffer.wrap(bytes);
            while (out.hasRemaining()) {
                channel.write(out);
            }
        }

        public Reply call(String... args) throws IOException, ProtocolException {
            send(args);
            return receive();
        }

        /** The next reply, or null if the server closed the connection. */
        public Reply receive() throws IOException, ProtocolException {
            Reply reply = reader.next();
            while (reply == null) {
                buffer.clear();
                if (channel.read(buffer) < 0) {
                    return null;
                }
                reader.feed(buffer.array(), 0, buffer.position());
                reply = reader.next();
            }
            return reply;
        }

        /** All that the server sends from now until it closes the connection. */
        public String untilClosed() throws IOException {
            StringBuilder all = new StringBuilder();
            buffer.clear();
            while (channel.read(buffer) >= 0) {
                all.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1));
                buffer.clear();
            }
            return all.toString();
        }

        /** Says that nothing more will be sent. */
        public void endOfInput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
