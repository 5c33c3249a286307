package dev.henge.chaos.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.Await;
import dev.henge.chaos.check.Op;
import dev.henge.resp.codec.Reply;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of client tells the truth: what it says of a command is what the server knows. It sends none twice. */
@Timeout(90)
class ClientsTest {

  private static final Duration PATIENCE = Duration.ofMillis(1_500);

  @TempDir
  private Path dir;

  private LoneRedis redis;
  private CuttingProxy proxy;
  private Libraries libraries;

  /** A cluster of one, that names the proxy as the way to it. */
  @BeforeEach
  void start() throws Exception {
    int port = LoneRedis.freePort();
    redis = LoneRedis.start(dir, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1",
        "--cluster-announce-port",
        "" + port);
    redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    Await.until(Duration.ofSeconds(20), "the cluster is ready", () ->
        String.valueOf(redis.call("CLUSTER", "INFO")).contains("cluster_state:ok") ? null : "not yet");
    proxy = new CuttingProxy(port, redis.address(), "INCR");
    libraries = new Libraries(List.of(proxy.address()), PATIENCE, 4);
  }

  @AfterEach
  void stop() throws Exception {
    if (libraries != null) {
      libraries.close();
      proxy.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  /** The first connection of a library takes a while. */
  private static Answer patiently(Client client, String... words) {
    Answer[] answer = new Answer[1];
    Await.until(Duration.ofSeconds(30), String.join(" ", words), () -> {
      answer[0] = client.ask(List.of(words));
      return answer[0].end() == Op.End.REFUSED ? answer[0].toString() : null;
    });
    return answer[0];
  }

  @ParameterizedTest
  @EnumSource(value = ClientKind.class, names = {"JEDIS", "JEDIS_CLUSTER", "LETTUCE", "LETTUCE_CLUSTER"})
  void repliesAreWhatTheServerSaid(ClientKind kind) {
    try (Client client = libraries.open(kind, 0)) {
      assertEquals("OK", text(patiently(client, "SET", "k", "a b\u00ff")));
      assertEquals("a b\u00ff", text(client.ask(List.of("GET", "k"))));
      assertTrue(client.ask(List.of("GET", "none")).reply() instanceof Reply.Null);
      assertNull(text(client.ask(List.of("SET", "k", "x", "NX", "PX", "1000"))));
      assertEquals(new Reply.Int(1), client.ask(List.of("SADD", "s", "m")).reply());
      assertEquals(List.of("m"), texts(client.ask(List.of("SMEMBERS", "s"))));
      assertEquals(List.of(), texts(client.ask(List.of("SMEMBERS", "none"))));
      assertEquals("2", text(client.ask(List.of("ZINCRBY", "z", "2", "m"))));
      assertEquals("2", text(client.ask(List.of("ZSCORE", "z", "m"))));
      assertEquals(List.of("m"), texts(client.ask(List.of("ZRANGE", "z", "0", "-1"))));
      assertEquals(List.of("m", "2"), texts(client.ask(List.of("ZPOPMIN", "z"))));
      assertEquals(new Reply.Int(3), client.ask(List.of("RPUSH", "l", "1", "2", "3")).reply());
      assertEquals(List.of("1", "2", "3"), texts(client.ask(List.of("LRANGE", "l", "0", "-1"))));
      assertEquals("1", text(client.ask(List.of("LPOP", "l"))));
      Answer wrong = client.ask(List.of("LPOP", "k"));
      assertEquals(Op.End.REFUSED, wrong.end());
      assertTrue(((Reply.Error) wrong.reply()).code().equals("WRONGTYPE"), wrong.toString());
    }
  }

  private static Op op(Answer answer) {
    Op op = new Op(1, 0, List.of("GET", "k"), 0, "n0");
    op.reply = answer.reply();
    return op;
  }

  private static String text(Answer answer) {
    return op(answer).text();
  }

  private static List<String> texts(Answer answer) {
    return op(answer).texts();
  }

  private static Stream<CuttingProxy.Reply> lost() {
    return Stream.of(CuttingProxy.Reply.CUT, CuttingProxy.Reply.WITHHELD);
  }

  @ParameterizedTest
  @EnumSource(value = ClientKind.class, names = {"JEDIS", "JEDIS_CLUSTER", "LETTUCE", "LETTUCE_CLUSTER"})
  void aCommandWithoutReplyIsInDoubtAndSentOnce(ClientKind kind) throws Exception {
    for (CuttingProxy.Reply how : lost().toList()) {
      String key = "n:" + how;
      try (Client client = libraries.open(kind, 0)) {
        assertEquals("1", text(patiently(client, "INCR", key)));
        int before = proxy.arrived();
        proxy.reply(how);
        Answer answer = client.ask(List.of("INCR", key));
        assertEquals(Op.End.IN_DOUBT, answer.end(), answer.toString());
        assertTrue(answer.broken());
        proxy.reply(CuttingProxy.Reply.PASSED);
        assertEquals("OK", text(patiently(client, "SET", "other", "x")), "it goes on");
        assertEquals("3", text(patiently(client, "INCR", key)), "once each, " + how);
        assertEquals(2, proxy.arrived() - before);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = ClientKind.class, names = {"JEDIS", "JEDIS_CLUSTER", "LETTUCE", "LETTUCE_CLUSTER"})
  void aCommandThatFoundNoServerIsRefused(ClientKind kind) throws Exception {
    InetSocketAddress nobody = new InetSocketAddress("127.0.0.1", LoneRedis.freePort());
    try (Libraries none = new Libraries(List.of(nobody), PATIENCE, 4); Client client = none.open(kind, 0)) {
      Answer answer = client.ask(List.of("INCR", "k"));
      assertEquals(Op.End.REFUSED, answer.end(), answer.toString());
      assertTrue(answer.broken());
    }
  }

  /** The server goes away under a client that has connections: none is said not to have been executed that was. */
  @ParameterizedTest
  @EnumSource(value = ClientKind.class, names = {"JEDIS", "JEDIS_CLUSTER", "LETTUCE", "LETTUCE_CLUSTER"})
  void aServerThatGoesAway(ClientKind kind) throws Exception {
    try (Client client = libraries.open(kind, 0)) {
      assertEquals("1", text(patiently(client, "INCR", "n")));
      redis.call("CLIENT", "KILL", "TYPE", "normal");
      long sure = 1;
      long doubt = 0;
      for (int i = 0; i < 5; i++) {
        Answer answer = client.ask(List.of("INCR", "n"));
        sure += answer.end() == Op.End.DONE ? 1 : 0;
        doubt += answer.end() == Op.End.IN_DOUBT ? 1 : 0;
      }
      assertTrue(sure >= 3, "it goes on: " + sure + " sure, " + doubt + " in doubt");
      long is = Long.parseLong((String) redis.call("GET", "n"));
      assertTrue(sure <= is && is <= sure + doubt, is + ", " + sure + " sure, " + doubt + " in doubt");
    }
  }

  @ParameterizedTest
  @EnumSource(value = ClientKind.class, names = {"JEDIS", "LETTUCE"})
  void aServerWithoutTheSlotRefuses(ClientKind kind) throws Exception {
    try (Client client = libraries.open(kind, 0)) {
      patiently(client, "SET", "k", "v");
      redis.call("CLUSTER", "DELSLOTSRANGE", "0", "16383");
      Answer answer = client.ask(List.of("INCR", "k"));
      assertEquals(Op.End.REFUSED, answer.end(), answer.toString());
      assertEquals("CLUSTERDOWN", ((Reply.Error) answer.reply()).code());
    }
  }
}
