package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that is stopped by SIGTERM hands over first: nobody who asks another node sees an error. */
@Timeout(240)
class PlannedStopTest {

  private static final int CLIENTS_A_NODE = 4;
  private static final int KEYS = 400;
  private static final int WRITES_BETWEEN = 3_000;
  private static final int PIPELINE = 8;

  /** Asks one node, as long as it answers. */
  private static final class Client {
    final RingProcesses ring;
    final int node;
    final boolean mayEnd;
    final Queue<String> wrong;
    final AtomicLong done;
    final Thread thread;
    volatile boolean stopping;
    volatile long longestNanos;

    Client(RingProcesses ring, int node, boolean mayEnd, int number, Queue<String> wrong, AtomicLong done) {
      this.ring = ring;
      this.node = node;
      this.mayEnd = mayEnd;
      this.wrong = wrong;
      this.done = done;
      this.thread = new Thread(() -> run(number), "client-" + number);
      thread.start();
    }

    private void run(int number) {
      try (RespClient client = ring.client(node)) {
        for (long n = 0; !stopping; n++) {
          long startNanos = System.nanoTime();
          several(client, number, n);
          longestNanos = Math.max(longestNanos, System.nanoTime() - startNanos);
        }
      } catch (EOFException | java.net.SocketException e) {
        if (!mayEnd) {
          wrong.add("node " + node + " ended the connection: " + e);
        }
      } catch (IOException e) {
        wrong.add("through node " + node + ": " + e);
      }
    }

    private void several(RespClient client, int number, long n) throws IOException {
      java.io.ByteArrayOutputStream requests = new java.io.ByteArrayOutputStream();
      for (int i = 0; i < PIPELINE; i++) {
        String key = "key:" + (n * PIPELINE + i) % KEYS;
        requests.writeBytes(switch (i % 3) {
          case 0 -> RespClient.encode("SET", key + ":" + number, Long.toString(n));
          case 1 -> RespClient.encode("INCR", "counter:" + key);
          default -> RespClient.encode("GET", key + ":" + number);
        });
      }
      client.send(requests.toByteArray());
      for (int i = 0; i < PIPELINE; i++) {
        client.read();
        done.incrementAndGet();
      }
    }

    void end() throws InterruptedException {
      stopping = true;
      thread.join();
    }
  }

  @Test
  void costsNoFailedCommand() throws Exception {
    try (RingProcesses ring = RingProcesses.start("planned-stop", RingProcesses.Plan.of(3))) {
      for (int victim = 0; victim < ring.size(); victim++) {
        stopUnderLoad(ring, victim);
        ring.restart(victim);
        ring.awaitCaughtUp();
      }
      checkCounters(ring);
    }
  }

  private final AtomicLong done = new AtomicLong();

  private void stopUnderLoad(RingProcesses ring, int victim) throws InterruptedException {
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS_A_NODE * ring.size(); i++) {
      int node = i % ring.size();
      clients.add(new Client(ring, node, node == victim, i, wrong, done));
    }
    progress(clients, ring);
    clients.forEach(client -> client.longestNanos = 0);
    long startNanos = System.nanoTime();
    int status = ring.stop(victim);
    long stopMillis = (System.nanoTime() - startNanos) / 1_000_000;
    progress(clients, ring);
    long longest = 0;
    for (Client client : clients) {
      client.end();
      longest = client.node == victim ? longest : Math.max(longest, client.longestNanos);
    }
    System.out.println("planned stop of node " + victim + " took " + stopMillis + " ms; the longest wait for " + PIPELINE
        + " replies through others was " + longest / 1_000_000 + " ms; errors: " + wrong.size());
    assertEquals(List.of(), List.copyOf(wrong), ring::tails);
    assertEquals(0, status, ring::tails);
  }

  private void progress(List<Client> clients, RingProcesses ring) {
    long goal = done.get() + WRITES_BETWEEN;
    Await.until(java.time.Duration.ofSeconds(30), "commands go on", () ->
        done.get() >= goal ? null : done.get() + " of " + goal + ring.tails());
  }

  /** What the clients saw counted is there. */
  private void checkCounters(RingProcesses ring) throws IOException {
    long sum = 0;
    try (RespClient client = ring.client(0)) {
      for (int i = 0; i < KEYS; i++) {
        Object value = client.call("GET", "counter:key:" + i);
        sum += value == null ? 0 : Long.parseLong(String.valueOf(value));
      }
    }
    assertTrue(sum >= done.get() / PIPELINE * 2, sum + " counted of " + done.get() + " commands");
  }
}
