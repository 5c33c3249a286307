package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.OwnProcess;
import dev.henge.resp.codec.Reply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What differs from Redis, or is of this node only, and so is in no transcript. */
class ServerCommandsTest {

  /** The fields of INFO or CLUSTER INFO. */
  static Map<String, String> fields(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : text.split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  private static List<String> titles(String text) {
    return text.lines().filter(line -> line.startsWith("# ")).map(line -> line.substring(2)).toList();
  }

  // ---------------------------------------------------------------- HELLO, RESET, PING

  @Test
  void helloByteForByte() {
    ServerBench bench = ServerBench.alone();
    assertEquals("%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n"
        + "$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$7\r\ncluster\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n",
        bench.wire("HELLO", "3"));
    assertEquals(3, bench.protocol());
    assertTrue(bench.wire("HELLO").startsWith("%7\r\n"));
    assertTrue(bench.wire("HELLO", "2").startsWith("*14\r\n"));
    ServerBench single = new ServerBench(FakeNodeView.of(1, Map.of("cluster-enabled", "no")));
    assertTrue(single.wire("HELLO").contains("$10\r\nstandalone\r\n"));
    assertEquals("standalone", fields(single.text("INFO")).get("redis_mode"));
    assertEquals("0", fields(single.text("INFO")).get("cluster_enabled"));
  }

  @Test
  void aFailedHelloLeavesTheProtocol() {
    ServerBench bench = new ServerBench(FakeNodeView.of(1, Map.of("requirepass", "pw")));
    assertTrue(bench.text("HELLO", "3").startsWith("NOAUTH HELLO must be called"));
    assertEquals("WRONGPASS invalid username-password pair or user is disabled.",
        bench.text("HELLO", "3", "AUTH", "default", "pw2"));
    assertEquals(2, bench.protocol());
    assertFalse(bench.client.authenticated);
    assertTrue(bench.wire("HELLO", "3", "SETNAME", "n", "AUTH", "default", "pw").startsWith("%7\r\n"));
    assertTrue(bench.client.authenticated);
    assertEquals("n", bench.client.name);
  }

  @Test
  void databasesAreThereInClusterMode() {
    ServerBench bench = new ServerBench(FakeNodeView.of(3));
    assertEquals("OK", bench.text("SELECT", "15"));
    assertEquals(15, bench.db());
    assertEquals("ERR DB index is out of range", bench.text("SELECT", "16"));
    assertEquals(15, bench.db());
  }

  @Test
  void pingOfASubscriber() {
    ServerBench bench = ServerBench.alone();
    bench.client.channels = 1;
    assertEquals("*2\r\n$4\r\npong\r\n$0\r\n\r\n", bench.wire("PING"));
    assertEquals("*2\r\n$4\r\npong\r\n$1\r\nx\r\n", bench.wire("PING", "x"));
    bench.run("HELLO", "3");
    assertEquals("+PONG\r\n", bench.wire("PING"));
  }

  @Test
  void quitClosesAfterItsReply() {
    ServerBench bench = ServerBench.alone();
    assertEquals("+OK\r\n", bench.wire("QUIT"));
    assertTrue(bench.client.closing);
  }

  @Test
  void resetMakesTheConnectionNew() {
    ServerBench bench = new ServerBench(FakeNodeView.of(1, Map.of("requirepass", "pw")));
    bench.run("HELLO", "3", "AUTH", "default", "pw", "SETNAME", "n");
    bench.run("SELECT", "4");
    assertEquals("+RESET\r\n", bench.wire("RESET"));
    assertEquals(0, bench.db());
    assertEquals(2, bench.protocol());
    assertEquals("", bench.client.name);
    assertEquals("NOAUTH Authentication required.", bench.text("PING"));
  }

  // ---------------------------------------------------------------- CLIENT

  @Test
  void setInfoAndNoTouchAsInRedis72() {
    ServerBench bench = ServerBench.alone();
    assertEquals("OK", bench.text("CLIENT", "SETINFO", "lib-name", "jedis"));
    assertEquals("OK", bench.text("CLIENT", "SETINFO", "LIB-VER", "8.0.2"));
    assertEquals("ERR lib-name cannot contain spaces, newlines or special characters.",
        bench.text("CLIENT", "SETINFO", "LIB-NAME", "a b"));
    assertEquals("ERR Unrecognized option 'x'", bench.text("CLIENT", "SETINFO", "x", "y"));
    assertEquals("OK", bench.text("CLIENT", "NO-TOUCH", "ON"));
    assertEquals("OK", bench.text("CLIENT", "NO-EVICT", "ON"));
    bench.view.nowMillis += 2_500;
    bench.client.fileDescriptor = 9;
    assertEquals("id=1 addr=127.0.0.1:40001 laddr=127.0.0.1:7001 fd=9 name= age=2 idle=2 flags=eT db=0 sub=0 psub=0"
        + " ssub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0"
        + " events=r cmd=client|info user=default redir=-1 resp=2 lib-name=jedis lib-ver=8.0.2\n",
        bench.text("CLIENT", "INFO"));
  }

  @Test
  void listsClientsByIdAndType() {
    ServerBench bench = ServerBench.alone();
    ClientState third = bench.connect(3);
    bench.connect(2);
    third.channels = 1;
    assertEquals("123", ids(bench.text("CLIENT", "LIST")));
    assertEquals("12", ids(bench.text("CLIENT", "LIST", "TYPE", "normal")));
    assertEquals("3", ids(bench.text("CLIENT", "LIST", "TYPE", "PUBSUB")));
    assertEquals("13", ids(bench.text("CLIENT", "LIST", "ID", "3", "1", "77")));
  }

  private static String ids(String list) {
    return list.lines().map(line -> line.substring(3, line.indexOf(' '))).reduce("", String::concat);
  }

  @Test
  void killsOthersAndItself() {
    ServerBench bench = ServerBench.alone();
    bench.connect(2);
    bench.connect(3);
    bench.connect(4);
    assertEquals("OK", bench.text("CLIENT", "KILL", "127.0.0.1:40002"));
    assertEquals(new Reply.Int(1), bench.run("CLIENT", "KILL", "ID", "3", "TYPE", "normal"));
    assertEquals(new Reply.Int(1), bench.run("CLIENT", "KILL", "USER", "default"));
    assertEquals(1, bench.view.clients.size());
    assertFalse(bench.client.closing);
    assertEquals(new Reply.Int(0), bench.run("CLIENT", "KILL", "LADDR", "127.0.0.1:7001"));
    assertFalse(bench.client.closing);
    assertEquals(new Reply.Int(1), bench.run("CLIENT", "KILL", "LADDR", "127.0.0.1:7001", "SKIPME", "no"));
    assertTrue(bench.client.closing);
  }

  @Test
  void replyOffIsSilentUntilOn() {
    ServerBench bench = ServerBench.alone();
    assertEquals("", bench.wire("CLIENT", "REPLY", "OFF"));
    assertTrue(bench.client.silent);
    assertEquals("+OK\r\n", bench.wire("CLIENT", "REPLY", "ON"));
    assertFalse(bench.client.silent);
  }

  // ---------------------------------------------------------------- INFO and CONFIG

  @Test
  void thePoliciesThatThereAreNotAreRefusedAsRedisDoesIt() {
    ServerBench bench = ServerBench.alone();
    String refused = "ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one "
        + "of the following: volatile-lru, volatile-random, volatile-ttl, allkeys-lru, allkeys-random, noeviction";
    assertEquals(refused, bench.text("CONFIG", "SET", "maxmemory-policy", "nosuch"));
    String lfu = refused + " (Henge does not offer the lfu policies)";
    assertEquals(lfu, bench.text("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"));
    assertEquals(lfu, bench.text("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", "Volatile-LFU"));
    assertEquals("0", bench.view.config().current().value("maxmemory"));
  }

  @Test
  void infoHasWhatToolsParse() {
    ServerBench bench = new ServerBench(FakeNodeView.of(3));
    bench.view.nowMillis += 90_000_000;
    bench.view.keys.put(0, 10L);
    bench.view.keys.put(5, 1L);
    bench.view.figures.put("Stats", Map.of("total_commands_processed", 12L));
    bench.view.figures.put("henge", new LinkedHashMap<>(Map.of("hints", 7)));
    bench.view.figures.put("storage", Map.of("tables", 2));
    String text = bench.text("INFO");
    Map<String, String> info = fields(text);
    Map<String, String> expected = Map.ofEntries(Map.entry("redis_version", "7.0.15"),
        Map.entry("redis_mode", "cluster"), Map.entry("arch_bits", "64"), Map.entry("process_id", "4711"),
        Map.entry("tcp_port", "7001"), Map.entry("uptime_in_seconds", "90000"), Map.entry("uptime_in_days", "1"),
        Map.entry("connected_clients", "1"), Map.entry("maxclients", "10000"), Map.entry("used_memory", "3000000"),
        Map.entry("used_memory_human", "2.86M"), Map.entry("used_memory_rss", "5000000"), Map.entry("maxmemory", "0"),
        Map.entry("maxmemory_human", "0B"), Map.entry("loading", "0"), Map.entry("aof_enabled", "1"),
        Map.entry("aof_last_write_status", "ok"), Map.entry("role", "master"), Map.entry("connected_slaves", "0"),
        Map.entry("master_repl_offset", "0"), Map.entry("used_cpu_sys", "1.250000"),
        Map.entry("used_cpu_user", "2.500000"), Map.entry("cluster_enabled", "1"),
        Map.entry("db0", "keys=10,expires=5,avg_ttl=0"), Map.entry("db5", "keys=1,expires=0,avg_ttl=0"),
        Map.entry("total_commands_processed", "12"), Map.entry("hints", "7"), Map.entry("tables", "2"),
        Map.entry("vnodes_served", "1024"), Map.entry("nodes_known", "3"));
    expected.forEach((name, value) -> assertEquals(value, info.get(name), name));
    assertTrue(info.get("run_id").matches("[0-9a-f]{40}"));
    assertNotNull(info.get("henge_version"));
    assertEquals(List.of("Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules",
        "Errorstats", "Cluster", "Keyspace", "Henge", "Storage"), titles(text));
    assertFalse(info.containsKey("db1"));
  }

  @Test
  void infoBySections() {
    ServerBench bench = ServerBench.alone();
    assertEquals(List.of("CPU", "Cluster"), titles(bench.text("INFO", "cluster", "cpu", "nosuch", "CPU")));
    assertEquals(List.of("Henge"), titles(bench.text("INFO", "henge")));
    assertEquals("# Cluster\r\ncluster_enabled:1\r\n\r\n# Keyspace\r\n", bench.text("INFO", "keyspace", "cluster"));
    assertEquals(titles(bench.text("INFO")), titles(bench.text("INFO", "ALL")));
    assertEquals(titles(bench.text("INFO")), titles(bench.text("INFO", "cpu", "everything")));
    bench.run("HELLO", "3");
    assertTrue(bench.wire("INFO", "cluster").startsWith("=34\r\ntxt:# Cluster"), bench.wire("INFO", "cluster"));
  }

  @Test
  void resetStatStartsCountersAnew() {
    ServerBench bench = ServerBench.alone();
    bench.view.figures.put("stats", Map.of("total_commands_processed", 12L, "keyspace_hits", 5, "uptime", 3L));
    assertEquals("OK", bench.text("CONFIG", "RESETSTAT"));
    assertEquals(1, bench.view.resets);
    bench.view.figures.put("stats", Map.of("total_commands_processed", 15L, "keyspace_hits", 5, "uptime", 4L));
    Map<String, String> info = fields(bench.text("INFO", "stats"));
    assertEquals("3", info.get("total_commands_processed"));
    assertEquals("0", info.get("keyspace_hits"));
    assertEquals("4", info.get("uptime"));
  }

  @Test
  void sizesForPeople() {
    assertEquals("200B", ServerInfo.human(200));
    assertEquals("894.95K", ServerInfo.human(916_432));
    assertEquals("23.54G", ServerInfo.human(25_276_510_208L));
    assertEquals("1.00K", ServerInfo.human(1_024));
  }

  @Test
  void theOwnProcessHasFigures() {
    ProcessFigures.Now now = OwnProcess.read();
    assertEquals(ProcessHandle.current().pid(), now.pid());
    assertTrue(now.heapBytes() > 0 && now.heapBytesMax() >= now.heapBytes(), now.toString());
    if (java.nio.file.Files.exists(java.nio.file.Path.of("/proc/self/stat"))) {
      assertTrue(now.residentBytes() > 1 << 20 && now.machineBytes() > now.residentBytes(), now.toString());
      assertTrue(now.userCpuSeconds() > 0, now.toString());
    }
  }

  @Test
  void configOfHengesOwn() {
    ServerBench bench = ServerBench.alone();
    assertEquals("*2\r\n$8\r\nreplicas\r\n$1\r\n3\r\n", bench.wire("CONFIG", "GET", "replicas"));
    assertEquals("ERR CONFIG SET failed (possibly related to argument 'replicas') - can't set immutable config",
        bench.text("CONFIG", "SET", "replicas", "2"));
    assertEquals("OK", bench.text("CONFIG", "SET", "command-timeout-millis", "70"));
    assertEquals(70, bench.view.config().current().commandTimeoutMillis());
    assertEquals("ERR CONFIG SET failed (possibly related to argument 'command-timeout-millis') - argument must be"
        + " between 10 and 3600000 inclusive", bench.text("CONFIG", "SET", "command-timeout-millis", "7"));
    assertEquals("*4\r\n$4\r\nsave\r\n$0\r\n\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n",
        bench.wire("CONFIG", "GET", "save", "appendonly"));
  }

  @Test
  void timeIsTheNodes() {
    ServerBench bench = ServerBench.alone();
    bench.view.nowMillis = 1_795_236_761_545L;
    assertEquals("*2\r\n$10\r\n1795236761\r\n$6\r\n545000\r\n", bench.wire("TIME"));
  }

  @Test
  void commandTellsOfTheTable() {
    ServerBench bench = ServerBench.alone();
    assertTrue(((Reply.Array) bench.run("COMMAND")).elements().size() > 10);
    assertEquals(new Reply.Int(((Reply.Array) bench.run("COMMAND")).elements().size()), bench.run("COMMAND", "COUNT"));
    assertTrue(bench.wire("COMMAND", "LIST", "FILTERBY", "PATTERN", "client|setinfo").contains("client|setinfo"));
  }

  // ---------------------------------------------------------------- HENGE.BACKUP

  @Test
  void backupsAreOrderedWatchedAndCancelled() {
    ServerBench bench = ServerBench.alone();
    assertEquals("ERR no backup runs", bench.text("HENGE.BACKUP", "CANCEL"));
    assertEquals("OK", bench.text("HENGE.BACKUP", "START", "/b/2", "RATE", "1000", "base", "/b/1", "REFERENCE"));
    assertEquals("ERR a backup into /b/2 runs already", bench.text("HENGE.BACKUP", "START", "/b/3"));
    assertEquals("*6\r\n$5\r\nstate\r\n$7\r\nrunning\r\n$5\r\norder\r\n$82\r\n"
        + "Order[target=/b/2, base=/b/1, portable=false, reference=true, bytesPerSecond=1000]\r\n"
        + "$5\r\nfiles\r\n:3\r\n", bench.wire("HENGE.BACKUP", "STATUS"));
    assertEquals("OK", bench.text("HENGE.BACKUP", "CANCEL"));
    assertEquals("ERR syntax error", bench.text("HENGE.BACKUP", "START", "/b/3", "RATE", "0"));
    assertEquals("ERR syntax error", bench.text("HENGE.BACKUP", "START", "/b/3", "BASE"));
    assertEquals("OK", bench.text("HENGE.BACKUP", "START", "/b/3", "PORTABLE"));
    assertTrue(bench.wire("HENGE.BACKUP", "HELP").contains("CANCEL"));
  }
}
