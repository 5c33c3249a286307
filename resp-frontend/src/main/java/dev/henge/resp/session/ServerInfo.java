package dev.henge.resp.session;

import dev.henge.node.NodeConfig;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * INFO: the fields that clients and tools parse, by the names and in the sections of Redis 7.0, and Henge's own.
 *
 * <p>What {@link NodeView#figures} has for a section takes the place of the field of that name, or is added to it;
 * its sections that Redis has not are told after Redis's. Of memory a view that has a store tells what {@link
 * DiskLimit} counts.
 */
final class ServerInfo {

  private static final String HUMAN = "_human";
  private static final int SHORT_UNIT = 1_024;
  private static final long SECONDS_PER_DAY = 86_400;
  private static final String NO_ID = "0".repeat(40);

  /** What CONFIG RESETSTAT sets to zero, as far as the node counts it. */
  private static final Set<String> RESETTABLE = Set.of(
      "total_connections_received", "total_commands_processed", "rejected_connections", "total_net_input_bytes",
      "total_net_output_bytes", "expired_keys", "evicted_keys", "total_eviction_exceeded_time",
      "loop_turns", "loop_turns_over_20ms", "loop_turns_over_20ms_working", "keyspace_hits", "keyspace_misses",
      "unexpected_error_replies", "total_error_replies", "total_reads_processed", "total_writes_processed");

  private final NodeView view;
  private final ProcessFigures process;
  private final String runId;
  private volatile Map<String, Long> statisticsAtReset = Map.of();
  private volatile long heapBytesPeak;

  ServerInfo(NodeView view, ProcessFigures process) {
    this.view = view;
    this.process = process;
    this.runId = ClusterMap.sha1(view.nodeId() + " " + view.startMillis() + " " + process.now().pid());
  }

  /** What HELLO and INFO call the mode: cluster-aware clients go by it. */
  static String mode(NodeView view) {
    return view.config().current().clusterEnabled() ? "cluster" : "standalone";
  }

  void resetStatistics() {
    Map<String, Long> now = new LinkedHashMap<>();
    figures("stats").forEach((name, value) -> {
      if (RESETTABLE.contains(name) && value instanceof Number number) {
        now.put(name, number.longValue());
      }
    });
    statisticsAtReset = Map.copyOf(now);
    view.resetFigures();
  }

  void execute(ClientState client, Request request, RespEncoder out) {
    Set<String> asked = new HashSet<>();
    for (int i = 1; i < request.argCount(); i++) {
      asked.add(request.string(i).toLowerCase(Locale.ROOT));
    }
    boolean whole = asked.isEmpty() || asked.contains("default") || asked.contains("all")
        || asked.contains("everything");
    StringBuilder text = new StringBuilder();
    sections().forEach((title, fields) -> {
      if (whole || asked.contains(title.toLowerCase(Locale.ROOT))) {
        text.append(text.isEmpty() ? "" : "\r\n").append("# ").append(title).append("\r\n");
        fields.forEach((name, value) -> text.append(name).append(':').append(value).append("\r\n"));
      }
    });
    out.verbatim("txt", text.toString());
  }

  private Map<String, Map<String, Object>> sections() {
    ProcessFigures.Now now = process.now();
    Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
    sections.put("Server", server(now));
    sections.put("Clients", clients());
    sections.put("Memory", memory(now));
    sections.put("Persistence", persistence());
    sections.put("Stats", statistics());
    sections.put("Replication", replication());
    sections.put("CPU", cpu(now));
    sections.put("Modules", new LinkedHashMap<>());
    sections.put("Errorstats", new LinkedHashMap<>());
    sections.put("Cluster", cluster());
    sections.put("Keyspace", keyspace());
    sections.put("Henge", henge());
    view.figures().forEach((title, fields) -> of(title, sections).putAll(fields));
    Map<String, Object> memory = sections.get("Memory");
    memory.replaceAll((name, value) ->
        name.endsWith(HUMAN) && memory.get(name.substring(0, name.length() - HUMAN.length())) instanceof Number bytes
            ? human(bytes.longValue()) : value);
    statisticsAtReset.forEach((name, atReset) -> sections.get("Stats").computeIfPresent(name,
        (field, value) -> value instanceof Number number ? number.longValue() - atReset : value));
    return sections;
  }

  private Map<String, Object> figures(String title) {
    for (Map.Entry<String, Map<String, Object>> section : view.figures().entrySet()) {
      if (section.getKey().equalsIgnoreCase(title)) {
        return section.getValue();
      }
    }
    return Map.of();
  }

  /** The section of that title in any case; a new one at the end if there is none. */
  private static Map<String, Object> of(String title, Map<String, Map<String, Object>> sections) {
    for (Map.Entry<String, Map<String, Object>> section : sections.entrySet()) {
      if (section.getKey().equalsIgnoreCase(title)) {
        return section.getValue();
      }
    }
    String capital = title.substring(0, 1).toUpperCase(Locale.ROOT) + title.substring(1);
    return sections.computeIfAbsent(capital, key -> new LinkedHashMap<>());
  }

  // ---------------------------------------------------------------- section by section

  private Map<String, Object> server(ProcessFigures.Now now) {
    long uptimeSeconds = Math.max(0, (view.nowMillis() - view.startMillis()) / 1_000);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("redis_version", ConnectionCommands.REDIS_VERSION);
    fields.put("henge_version", version());
    fields.put("redis_git_sha1", "00000000");
    fields.put("redis_git_dirty", 0);
    fields.put("redis_build_id", "0");
    fields.put("redis_mode", mode(view));
    fields.put("os", now.os());
    fields.put("arch_bits", 64);
    fields.put("multiplexing_api", view.config().current().transport());
    fields.put("process_id", now.pid());
    fields.put("process_supervised", "no");
    fields.put("run_id", runId);
    fields.put("tcp_port", port());
    fields.put("server_time_usec", view.nowMillis() * 1_000);
    fields.put("uptime_in_seconds", uptimeSeconds);
    fields.put("uptime_in_days", uptimeSeconds / SECONDS_PER_DAY);
    fields.put("hz", 10);
    fields.put("configured_hz", 10);
    fields.put("executable", now.executable());
    fields.put("config_file", "");
    fields.put("java_version", System.getProperty("java.version"));
    return fields;
  }

  private static String version() {
    String version = ServerInfo.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** The port that this node tells others; a configured 0 has become a real one there. */
  private int port() {
    return view.nodes().stream().filter(node -> node.id().equals(view.nodeId()))
        .map(node -> node.address().clientPort()).findFirst().orElse(view.config().current().port());
  }

  private Map<String, Object> clients() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("connected_clients", view.clients().size());
    fields.put("cluster_connections", 0);
    fields.put("maxclients", view.config().current().maxclients());
    fields.put("client_recent_max_input_buffer",
        view.clients().stream().mapToLong(client -> client.queryBufferBytes).max().orElse(0));
    fields.put("client_recent_max_output_buffer",
        view.clients().stream().mapToLong(client -> client.outputBytes).max().orElse(0));
    fields.put("blocked_clients", 0);
    fields.put("tracking_clients", 0);
    fields.put("clients_in_timeout_table", 0);
    return fields;
  }

  private Map<String, Object> memory(ProcessFigures.Now now) {
    heapBytesPeak = Math.max(heapBytesPeak, now.heapBytes());
    NodeConfig config = view.config().current();
    Map<String, Object> fields = new LinkedHashMap<>();
    size(fields, "used_memory", now.heapBytes());
    size(fields, "used_memory_rss", now.residentBytes());
    size(fields, "used_memory_peak", heapBytesPeak);
    size(fields, "total_system_memory", now.machineBytes());
    size(fields, "used_memory_lua", 0);
    size(fields, "used_memory_scripts", 0);
    fields.put("number_of_cached_scripts", 0);
    size(fields, "maxmemory", config.number("maxmemory"));
    fields.put("maxmemory_policy", config.value("maxmemory-policy"));
    fields.put("mem_fragmentation_ratio",
        decimal(2, now.heapBytes() == 0 ? 0 : (double) now.residentBytes() / now.heapBytes()));
    fields.put("mem_allocator", "jvm");
    size(fields, "henge_heap_used", now.heapBytes());
    size(fields, "henge_heap_max", now.heapBytesMax());
    return fields;
  }

  private static void size(Map<String, Object> fields, String name, long bytes) {
    fields.put(name, bytes);
    fields.put(name + HUMAN, human(bytes));
  }

  /** A size as Redis shows it to people: {@code 894.95K}. */
  static String human(long bytes) {
    if (bytes < SHORT_UNIT) {
      return bytes + "B";
    }
    double value = bytes;
    String units = "KMGTP";
    int unit = -1;
    do {
      value /= SHORT_UNIT;
      unit++;
    } while (value >= SHORT_UNIT && unit < units.length() - 1);
    return decimal(2, value) + units.charAt(unit);
  }

  private static String decimal(int places, double value) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }

  private Map<String, Object> persistence() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("loading", 0);
    fields.put("async_loading", 0);
    fields.put("rdb_changes_since_last_save", 0);
    fields.put("rdb_bgsave_in_progress", 0);
    fields.put("rdb_last_save_time", view.startMillis() / 1_000);
    fields.put("rdb_last_bgsave_status", "ok");
    fields.put("rdb_last_bgsave_time_sec", -1);
    fields.put("rdb_current_bgsave_time_sec", -1);
    fields.put("aof_enabled", 1);
    fields.put("aof_rewrite_in_progress", 0);
    fields.put("aof_rewrite_scheduled", 0);
    fields.put("aof_last_rewrite_time_sec", -1);
    fields.put("aof_current_rewrite_time_sec", -1);
    fields.put("aof_last_bgrewrite_status", "ok");
    fields.put("aof_last_write_status", "ok");
    return fields;
  }

  private static Map<String, Object> statistics() {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String name : List.of("total_connections_received", "total_commands_processed", "instantaneous_ops_per_sec",
        "total_net_input_bytes", "total_net_output_bytes")) {
      fields.put(name, 0);
    }
    fields.put("instantaneous_input_kbps", "0.00");
    fields.put("instantaneous_output_kbps", "0.00");
    for (String name : List.of("rejected_connections", "sync_full", "sync_partial_ok", "sync_partial_err",
        "expired_keys", "evicted_keys", "total_eviction_exceeded_time", "current_eviction_exceeded_time",
        "keyspace_hits", "keyspace_misses", "pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "latest_fork_usec", "total_forks", "total_error_replies", "total_reads_processed",
        "total_writes_processed")) {
      fields.put(name, 0);
    }
    return fields;
  }

  /** No node follows another as a whole, so each is a master without replicas. */
  private Map<String, Object> replication() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", "master");
    fields.put("connected_slaves", 0);
    fields.put("master_failover_state", "no-failover");
    fields.put("master_replid", ClusterMap.redisId(view.nodeId()));
    fields.put("master_replid2", NO_ID);
    fields.put("master_repl_offset", 0);
    fields.put("second_repl_offset", -1);
    fields.put("repl_backlog_active", 0);
    fields.put("repl_backlog_size", view.config().current().logRetainBytes());
    fields.put("repl_backlog_first_byte_offset", 0);
    fields.put("repl_backlog_histlen", 0);
    return fields;
  }

  private static Map<String, Object> cpu(ProcessFigures.Now now) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("used_cpu_sys", decimal(6, now.systemCpuSeconds()));
    fields.put("used_cpu_user", decimal(6, now.userCpuSeconds()));
    fields.put("used_cpu_sys_children", decimal(6, 0));
    fields.put("used_cpu_user_children", decimal(6, 0));
    return fields;
  }

  private Map<String, Object> cluster() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("cluster_enabled", view.config().current().clusterEnabled() ? 1 : 0);
    return fields;
  }

  private Map<String, Object> keyspace() {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int db = 0; db < view.config().current().databases(); db++) {
      long keys = view.keys(db);
      if (keys > 0) {
        fields.put("db" + db, "keys=" + keys + ",expires=" + view.keysWithDeadline(db) + ",avg_ttl=0");
      }
    }
    return fields;
  }

  private Map<String, Object> henge() {
    NodeConfig config = view.config().current();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("node_id", view.nodeId());
    fields.put("cluster_name", config.clusterName());
    fields.put("ring_formed", view.placement() == null ? 0 : 1);
    fields.put("ring_fingerprint", ClusterCommands.fingerprint(view));
    fields.put("nodes_known", view.nodes().size());
    fields.put("nodes_reachable", view.nodes().stream()
        .filter(node -> node.id().equals(view.nodeId()) || view.reachable(node.id())).count());
    fields.put("vnodes", view.placement() == null ? config.vnodes() : view.placement().vnodes());
    fields.put("vnodes_served", view.vnodesServed());
    fields.put("vnodes_ready", view.vnodesReady());
    fields.put("replicas", view.replicas());
    fields.put("write_quorum", config.writeQuorumIsMajority() ? view.replicas() / 2 + 1 : config.writeQuorum());
    fields.put("policy", config.value("policy"));
    fields.put("log_sync", config.value("log-sync"));
    return fields;
  }
}
