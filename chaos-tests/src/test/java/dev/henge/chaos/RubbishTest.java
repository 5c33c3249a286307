package dev.henge.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rubbish on a node's ports harms nobody but its sender. */
@Timeout(120)
class RubbishTest {

  private static final long SEED = Long.getLong("henge.seed", 20261121);
  private static final Duration FUZZ = Duration.ofSeconds(10);
  private static final int SENDERS = 3;
  private static final long PONG_MILLIS_MAX = 2_000;
  private static final long RESIDENT_BYTES_MAX = 700L << 20;

  private static RingProcesses ring;

  @BeforeAll
  static void start() {
    ring = RingProcesses.start("rubbish", RingProcesses.Plan.of(3));
  }

  @AfterAll
  static void stop() {
    if (ring != null) {
      ring.close();
    }
  }

  // ---------------------------------------------------------------- the clients' port

  @Test
  void neighboursAreServedWhileClientsSendRubbish() throws Exception {
    long end = System.nanoTime() + FUZZ.toNanos();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicLong sent = new AtomicLong();
    List<Thread> senders = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < SENDERS; i++) {
      SplittableRandom own = random.split();
      senders.add(new Thread(() -> send(own, end, sent, failure), "sender-" + i));
    }
    senders.forEach(Thread::start);
    long slowestMillis = 0;
    try (RespClient neighbour = ring.client(0)) {
      while (System.nanoTime() - end < 0) {
        long startNanos = System.nanoTime();
        assertEquals("PONG", neighbour.call("PING"));
        slowestMillis = Math.max(slowestMillis, (System.nanoTime() - startNanos) / 1_000_000);
      }
    }
    for (Thread sender : senders) {
      sender.join();
    }
    System.out.println("rubbish: " + sent + " connections, slowest PONG " + slowestMillis + " ms, resident "
        + (resident() >> 20) + " MB");
    assertEquals(null, failure.get(), "seed " + SEED);
    assertTrue(slowestMillis < PONG_MILLIS_MAX, "a PONG took " + slowestMillis + " ms, seed " + SEED);
    assertTrue(ring.isAlive(0), "seed " + SEED + ring.tails());
    assertTrue(resident() < RESIDENT_BYTES_MAX, "resident " + resident() + ", seed " + SEED);
    try (RespClient client = ring.client(0)) {
      assertEquals("OK", client.call("SET", "after", "v"));
    }
  }

  private static void send(SplittableRandom random, long end, AtomicLong sent, AtomicReference<Throwable> failure) {
    while (System.nanoTime() - end < 0 && failure.get() == null) {
      byte[] rubbish = rubbish(random);
      try (Socket socket = new Socket(RingProcesses.HOST, ring.port(0))) {
        socket.setSoTimeout(20);
        socket.getOutputStream().write(rubbish);
        drain(socket.getInputStream());
        sent.incrementAndGet();
      } catch (SocketException e) {
        sent.incrementAndGet(); // cut off while writing
      } catch (IOException | RuntimeException e) {
        failure.compareAndSet(null, e);
      }
    }
  }

  private static void drain(InputStream in) throws IOException {
    byte[] chunk = new byte[8192];
    int left = 100;
    try {
      while (in.read(chunk) >= 0 && left-- > 0) {
        // what is answered does not matter
      }
    } catch (SocketTimeoutException e) {
      // it waits for more of a request
    }
  }

  /** Random bytes, or sensible requests with some bytes changed, cut or doubled. */
  private static byte[] rubbish(SplittableRandom random) {
    byte[] bytes;
    if (random.nextInt(4) == 0) {
      bytes = new byte[1 + random.nextInt(4096)];
      random.nextBytes(bytes);
      return bytes;
    }
    StringBuilder text = new StringBuilder();
    String[][] seeds = {{"SET", "k", "v"}, {"HSET", "h", "f", "v"}, {"ZADD", "z", "1", "m"}, {"MGET", "a", "b", "c"},
        {"SADD", "s", "a", "b"}, {"HELLO", "3"}, {"CLIENT", "SETNAME", "x"}, {"SCAN", "0", "COUNT", "5"},
        {"COMMAND", "DOCS", "GET"}, {"INFO"}, {"SETRANGE", "k", "5", "xx"}, {"CONFIG", "GET", "*"}};
    for (int n = 1 + random.nextInt(8); n > 0; n--) {
      text.append(new String(RespClient.encode(seeds[random.nextInt(seeds.length)]), StandardCharsets.ISO_8859_1));
    }
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      mutate(text, random);
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void mutate(StringBuilder text, SplittableRandom random) {
    if (text.length() == 0) {
      return;
    }
    int at = random.nextInt(text.length());
    switch (random.nextInt(6)) {
      case 0 -> text.setCharAt(at, (char) random.nextInt(256));
      case 1 -> text.setLength(at);
      case 2 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(200))));
      case 3 -> text.insert(at, random.nextBoolean() ? "9999999999" : "-1");
      case 4 -> text.insert(at, "*1000000\r\n$500000000\r\n");
      default -> text.deleteCharAt(at);
    }
  }

  /** The node's resident memory, where the system tells it. */
  private static long resident() throws IOException {
    Path status = Path.of("/proc", Long.toString(ring.pid(0)), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) << 10).findFirst().orElse(0);
  }

  // ---------------------------------------------------------------- the nodes' port

  @Test
  void aPeerThatSpeaksRubbishIsCutOffWithALineInTheLog() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int n = 0; n < 20; n++) {
      int before = ring.log(1).length();
      byte[] rubbish = new byte[64 + random.nextInt(2000)];
      random.nextBytes(rubbish);
      try (Socket socket = new Socket(RingProcesses.HOST, ring.internalPort(1))) {
        socket.setSoTimeout(10_000);
        int local = socket.getLocalPort();
        assertTrue(isCutOff(socket, rubbish), "seed " + SEED + ", the connection stays open");
        if (n == 0) {
          Await.until(Duration.ofSeconds(5), "a line in the log about port " + local, () ->
              ring.log(1).substring(before).contains(Integer.toString(local)) ? null : ring.log(1).substring(before));
        }
      }
    }
    ring.awaitCaughtUp();
    for (int node = 0; node < ring.size(); node++) {
      try (RespClient client = ring.client(node)) {
        for (int i = 0; i < 50; i++) {
          assertEquals("OK", client.call("SET", "after:" + i, "v"));
        }
      }
    }
  }

  private static boolean isCutOff(Socket socket, byte[] rubbish) throws IOException {
    try {
      socket.getOutputStream().write(rubbish);
      InputStream in = socket.getInputStream();
      byte[] chunk = new byte[1024];
      while (in.read(chunk) >= 0) {
        // a greeting, perhaps
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }
}
