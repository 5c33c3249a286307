package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.command.SocketConnection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** WAIT, WAITAOF, a session's token and quorum reads, over processes and sockets. */
@Timeout(120)
class ConsistencyOnRingTest {

  private static final int KEYS = 40;

  private static String text(SocketConnection connection, String... words) {
    Reply reply = connection.call(Request.of(words));
    if (reply instanceof Reply.Array array) {
      List<String> texts = new ArrayList<>();
      array.elements().forEach(element -> texts.add(element instanceof Reply.Int n ? Long.toString(n.value()) : element.asText()));
      return texts.toString();
    }
    return reply instanceof Reply.Int n ? Long.toString(n.value()) : reply.asText();
  }

  @Test
  void callersChooseOnARealRing() throws Exception {
    try (RingProcesses ring = RingProcesses.start("consistency", RingProcesses.Plan.of(3).quickStart());
        SocketConnection first = new SocketConnection(RingProcesses.HOST, ring.port(0));
        SocketConnection second = new SocketConnection(RingProcesses.HOST, ring.port(1))) {
      assertEquals("OK", text(first, "HENGE.CONSISTENCY", "W", "all", "R", "quorum"));
      for (int i = 0; i < KEYS; i++) {
        assertEquals("OK", text(first, "SET", "k" + i, "v" + i));
        assertEquals("v" + i, text(first, "GET", "k" + i));
      }
      assertEquals("2", text(first, "WAIT", "2", "5000"));
      assertEquals("[1, 2]", text(first, "WAITAOF", "1", "2", "10000"), "within a second of log-sync everysec");
      ring.kill(2);
      ring.awaitReady();
      assertTrue(text(first, "SET", "k0", "w").startsWith("NOREPLICAS"), "one of all is away");
      assertEquals("OK", text(first, "HENGE.CONSISTENCY", "W", "quorum"));
      for (int i = 0; i < KEYS; i++) {
        assertEquals("OK", text(first, "SET", "k" + i, "w" + i));
      }
      assertEquals("1", text(first, "WAIT", "2", "500"));
      assertEquals("OK", text(second, "HENGE.SESSION", text(first, "HENGE.SESSION")));
      assertEquals("OK", text(second, "HENGE.CONSISTENCY", "R", "one"));
      for (int i = 0; i < KEYS; i++) {
        assertEquals("w" + i, text(second, "GET", "k" + i));
      }
      ring.restart(2);
      ring.awaitCaughtUp();
      try (SocketConnection third = new SocketConnection(RingProcesses.HOST, ring.port(2))) {
        assertEquals("OK", text(third, "HENGE.SESSION", text(second, "HENGE.SESSION")));
        assertEquals("OK", text(third, "HENGE.CONSISTENCY", "R", "all"));
        for (int i = 0; i < KEYS; i++) {
          assertEquals("w" + i, text(third, "GET", "k" + i));
        }
        assertEquals("2", text(first, "WAIT", "2", "5000"));
      }
    }
  }
}
