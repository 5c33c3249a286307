package dev.henge.gossip.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** A peer made of a bare socket, to say what no transport of ours would. */
final class RawPeer {
    private static final int READ_MILLIS_MAX = 10_000;

    private RawPeer() {}

    /** A connection whose handshake, that of a node that speaks version 1 alone, was answered. */
    static Socket connect(int port, String id) throws IOException {
        Socket socket = open(port);
        socket.getOutputStream().write(handshake("test", id, 1, 1));
        InputStream in = socket.getInputStream();
        byte[] length = in.readNBytes(FrameFormat.LENGTH_BYTES);
        in.readNBytes(FrameFormat.i32(length, 0));
        return socket;
    }

    static Socket open(int port) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(READ_MILLIS_MAX);
        socket.setTcpNoDelay(true);
        return socket;
    }

    static byte[] handshake(String cluster, String id, int versionMin, int versionMax) {
        return Introduction.frame(new Handshake(versionMin, versionMax, cluster, id, 1, 0, 1).body());
    }

    /** A frame of version 1, as a peer of {@link #connect} speaks. */
    static byte[] frame(Object... messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FrameBuilder builder = new FrameBuilder(WireLimits.DEFAULT, 1, out::write);
        MessageCodec codec = TestMessages.codec();
        for (Object message : messages) {
            builder.append(message, codec);
        }
        builder.seal();
        return out.toByteArray();
    }

    /** Waits until the other side has ended the connection, by a close or a reset. */
    static void awaitCut(Socket socket) throws IOException {
        try {
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                continue;
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the connection was not cut", e);
        } catch (java.net.SocketException reset) {
            return;
        }
    }
}
