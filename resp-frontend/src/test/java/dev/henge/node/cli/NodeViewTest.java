package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NodeViewTest {

    /** Of a ring without a majority: PING and INFO answer, what asks every vnode does not. */
    private static void serve(ServerSocket server) {
        try (Socket socket = server.accept()) {
            BufferedReader in = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            OutputStream out = socket.getOutputStream();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String reply = switch (line) {
                    case "PING" -> "+PONG\r\n";
                    case "CLUSTER" -> bulk("cluster_state:fail\r\ncluster_known_nodes:3\r\nhenge_ring_fingerprint:ab\r\n");
                    case "INFO" -> bulk("uptime_in_seconds:7\r\nused_memory_human:1M\r\n");
                    default -> "";
                };
                // The second word of CLUSTER INFO is a line of its own: it must not be answered again.
                if (line.equals("CLUSTER")) {
                    in.readLine();
                    in.readLine();
                }
                out.write(reply.getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
            }
        } catch (IOException e) {
            // the test has ended
        }
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    @Test
    void aNodeWhoseRingIsNotServedAnswersAllTheSame() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread serving = new Thread(() -> serve(server));
            serving.start();
            NodeView view = NodeView.whole("127.0.0.1", server.getLocalPort(), "");
            assertTrue(view.answers(), view.problem());
            assertFalse(view.clusterOk());
            assertEquals(7, view.uptimeSeconds());
            assertEquals(-1, view.keys());
            serving.join(5_000);
        }
    }
}
