package dev.henge.chaos.cluster;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the systems that are made of redis-server have in common: its files, and questions to it. */
final class RedisServer {

  /** What the scripts that start servers call. */
  static final List<String> PROGRAMS = List.of("redis-server", "setpriv");

  private static final int TIMEOUT_MILLIS = 2_000;

  private RedisServer() {}

  /** A server that everybody may reach, with an append-only file that is synced every second, as Henge's log is. */
  static String settings(String dir) {
    return """
        bind 0.0.0.0
        protected-mode no
        port %d
        dir %s
        save ""
        appendonly yes
        appendfsync everysec
        repl-diskless-sync-delay 0
        repl-ping-replica-period 1
        repl-timeout 10
        """.formatted(Target.CLIENT_PORT, dir);
  }

  /** Lines of a shell that write a file unless it is there: servers rewrite their settings, and go on with those. */
  static String unlessThere(String file, String text) {
    return "[ -s " + file + " ] || { cat >" + file + ".new <<'END'\n" + text + "END\nmv " + file + ".new " + file + "\n}\n";
  }

  /** The shell becomes the server, so that signals for the one are signals for the other. */
  static Target.Launch launch(String script) {
    return new Target.Launch(List.of("sh", "-ec", script), List.of(), Map.of());
  }

  static RespClient client(Cluster cluster, int node, int port) throws IOException {
    return new RespClient(cluster.address(node).getHostString(), port, TIMEOUT_MILLIS);
  }

  static Map<String, String> fields(Cluster cluster, int node, String... words) throws IOException {
    try (RespClient client = client(cluster, node, Target.CLIENT_PORT)) {
      return client.fields(words);
    }
  }

  /** The version that the first server that answers tells. */
  static Map<String, String> facts(Cluster cluster) {
    Map<String, String> facts = new LinkedHashMap<>();
    for (int i = 0; i < cluster.size() && facts.isEmpty(); i++) {
      try {
        facts.put("version", "Redis " + fields(cluster, i, "INFO", "server").get("redis_version"));
      } catch (IOException e) {
        // another one will tell
      }
    }
    facts.put("appendfsync", "everysec");
    return facts;
  }

  /** A reply of names and values by turns. */
  static Map<String, String> map(Object reply) {
    Map<String, String> map = new LinkedHashMap<>();
    List<?> parts = (List<?>) reply;
    for (int i = 0; i + 1 < parts.size(); i += 2) {
      map.put(String.valueOf(parts.get(i)), String.valueOf(parts.get(i + 1)));
    }
    return map;
  }
}
