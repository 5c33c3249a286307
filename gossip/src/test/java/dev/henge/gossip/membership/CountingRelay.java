package dev.henge.gossip.membership;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands where a membership says that it listens, passes on to where it does, and counts the bytes both ways. Closed, it
 * is what a killed process is to others: a port that refuses.
 */
final class CountingRelay implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    /** What has passed: to the membership by TCP, back from it, and by UDP. */
    record Passed(long connections, long bytesThere, long bytesBack, long packets, long packetBytes) {
        Passed minus(Passed before) {
            return new Passed(connections - before.connections, bytesThere - before.bytesThere,
                    bytesBack - before.bytesBack, packets - before.packets, packetBytes - before.packetBytes);
        }

        Passed plus(Passed other) {
            return new Passed(connections + other.connections, bytesThere + other.bytesThere,
                    bytesBack + other.bytesBack, packets + other.packets, packetBytes + other.packetBytes);
        }

        long bytes() {
            return bytesThere + bytesBack + packetBytes;
        }
    }

    private final InetSocketAddress behind;
    private final ServerSocket tcp;
    private final DatagramSocket udp;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong bytesThere = new AtomicLong();
    private final AtomicLong bytesBack = new AtomicLong();
    private final AtomicLong packets = new AtomicLong();
    private final AtomicLong packetBytes = new AtomicLong();

    CountingRelay(HostPort front, HostPort behind) throws IOException {
        this.behind = new InetSocketAddress(behind.host(), behind.port());
        InetAddress address = InetAddress.getByName(front.host());
        tcp = new ServerSocket(front.port(), 50, address);
        udp = new DatagramSocket(front.port(), address);
        threads.execute(this::accept);
        threads.execute(this::passPackets);
    }

    Passed passed() {
        return new Passed(connections.get(), bytesThere.get(), bytesBack.get(), packets.get(), packetBytes.get());
    }

    private void accept() {
        try {
            while (true) {
                Socket from = tcp.accept();
                connections.incrementAndGet();
                threads.execute(() -> pass(from));
            }
        } catch (IOException closed) {
            threads.shutdown();
        }
    }

    private void pass(Socket from) {
        try (from; Socket to = new Socket()) {
            to.connect(behind);
            to.setTcpNoDelay(true);
            from.setTcpNoDelay(true);
            threads.execute(() -> copy(to, from, bytesBack));
            copy(from, to, bytesThere);
        } catch (IOException | RejectedExecutionException e) {
            // One side is gone, and the other finds out by this.
        }
    }

    private static void copy(Socket from, Socket to, AtomicLong count) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n; (n = in.read(buffer)) >= 0;) {
                count.addAndGet(n);
                out.write(buffer, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // As above.
        }
    }

    private void passPackets() {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                packets.incrementAndGet();
                packetBytes.addAndGet(packet.getLength());
                udp.send(new DatagramPacket(buffer, packet.getLength(), behind));
            }
        } catch (IOException closed) {
            threads.shutdown();
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
