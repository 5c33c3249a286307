package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * All owners of a key are killed: the other nodes keep what is written, say that they cannot read it, and hand it
 * over.
 */
@Timeout(240)
class BlindWriteTest {

  private static final Duration HAND_OVER_MAX = Duration.ofSeconds(30);

  @Test
  void writesWithoutAnyOwnerAreHandedOver() throws Exception {
    try (RingProcesses ring = RingProcesses.start("blind", RingProcesses.Plan.of(5).quickStart().heap("128m"))) {
      String key = "stone";
      List<Integer> owners = owners(ring, key);
      List<Integer> others = new ArrayList<>(List.of(0, 1, 2, 3, 4));
      others.removeAll(owners);
      try (RespClient client = ring.client(others.get(0))) {
        assertEquals("OK", client.call("SET", key, "before"));
        for (int owner : owners) {
          ring.kill(owner);
        }
        Await.until(HAND_OVER_MAX, "a blind write", () -> "OK".equals(client.call("SET", key, "blind")) ? null : "no");
        assertEquals(2L, client.call("SADD", "{" + key + "}:set", "a", "b"));
        for (String[] refused : List.of(new String[] {"GET", key}, new String[] {"INCR", key},
            new String[] {"SET", key, "x", "NX"}, new String[] {"EXISTS", key},
            new String[] {"SMEMBERS", "{" + key + "}:set"})) {
          IOException error = assertThrows(RespClient.ErrorReply.class, () -> client.call(refused));
          assertTrue(error.getMessage().startsWith("CLUSTERDOWN"), error::getMessage);
        }
        Map<String, String> info = client.fields("INFO", "replication");
        assertTrue(Long.parseLong(info.get("blind_writes")) >= 2, info::toString);
        assertTrue(Long.parseLong(info.get("hints_held")) >= 2, info::toString);
      }
      // who took the writes restarts before anybody could fetch them
      ring.kill(others.get(0));
      ring.restart(others.get(0));
      for (int owner : owners) {
        ring.restart(owner);
      }
      ring.awaitCaughtUp();
      Await.until(HAND_OVER_MAX, "hints are handed over", () -> {
        for (int node : others) {
          try (RespClient client = ring.client(node)) {
            String held = client.fields("INFO", "replication").get("hints_held");
            if (!"0".equals(held)) {
              return "node " + node + " holds " + held;
            }
          }
        }
        return null;
      });
      for (int node = 0; node < ring.size(); node++) {
        try (RespClient client = ring.client(node)) {
          assertEquals("blind", client.call("GET", key), "through node " + node + ring.tails());
          assertEquals(2L, client.call("SCARD", "{" + key + "}:set"), "through node " + node);
        }
      }
    }
  }

  /** The indexes of the key's owners. */
  private static List<Integer> owners(RingProcesses ring, String key) throws IOException {
    try (RespClient client = ring.client(0)) {
      long slot = (Long) client.call("CLUSTER", "KEYSLOT", key);
      for (Object range : (List<?>) client.call("CLUSTER", "SLOTS")) {
        List<?> parts = (List<?>) range;
        if ((Long) parts.get(0) <= slot && slot <= (Long) parts.get(1)) {
          List<Integer> owners = new ArrayList<>();
          for (Object node : parts.subList(2, parts.size())) {
            long port = (Long) ((List<?>) node).get(1);
            for (int i = 0; i < ring.size(); i++) {
              if (ring.port(i) == port) {
                owners.add(i);
              }
            }
          }
          return owners;
        }
      }
      throw new AssertionError("no owners of slot " + slot);
    }
  }
}
