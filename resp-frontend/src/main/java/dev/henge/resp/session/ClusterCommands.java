package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.RedisErrors;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * CLUSTER as Redis Cluster's clients ask it, told of the ring; see {@link ClusterMap} for how one maps to the other.
 *
 * <p>It answers whether {@code cluster-enabled} is set or not: operators ask it too. Of the commands that change a
 * Redis cluster only MEET and FORGET are there, among {@link ClusterAdminCommands}; for the rest Henge has its own.
 */
public final class ClusterCommands {

  private static final String INVALID_SLOT = "ERR Invalid slot";
  private static final List<String> HELP = List.of(
      "CLUSTER <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "COUNTKEYSINSLOT <slot>",
      "    Return the number of keys in <slot>.",
      "FORGET <node-id>",
      "    Remove a node from the cluster.",
      "GETKEYSINSLOT <slot> <count>",
      "    Return key names stored by current node in a slot.",
      "INFO",
      "    Return information about the cluster.",
      "KEYSLOT <key>",
      "    Return the hash slot for <key>.",
      "MEET <ip> <port> [<bus-port>]",
      "    Connect nodes into a working cluster.",
      "MYID",
      "    Return the node id.",
      "NODES",
      "    Return cluster configuration seen by node. Output format:",
      "    <id> <ip:port> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...",
      "SLOTS",
      "    Return information about slots range mappings. Each range is made of:",
      "    start, end, master and replicas IP addresses, ports and ids",
      "SHARDS",
      "    Return information about slot range mappings and the nodes associated with them.",
      "HELP",
      "    Prints this help.");

  private final NodeView view;

  private ClusterCommands(NodeView view) {
    this.view = view;
  }

  public static void register(BiConsumer<String, ServerCommand> bind, NodeView view) {
    ClusterCommands commands = new ClusterCommands(view);
    bind.accept("CLUSTER SLOTS", commands::slots);
    bind.accept("CLUSTER SHARDS", commands::shards);
    bind.accept("CLUSTER NODES", commands::nodes);
    bind.accept("CLUSTER INFO", commands::info);
    bind.accept("CLUSTER MYID", (client, request, out) -> out.bulk(ClusterMap.redisId(view.nodeId())));
    bind.accept("CLUSTER KEYSLOT", commands::keySlot);
    bind.accept("CLUSTER COUNTKEYSINSLOT", commands::countKeysInSlot);
    bind.accept("CLUSTER GETKEYSINSLOT", commands::getKeysInSlot);
    bind.accept("CLUSTER HELP", (client, request, out) -> ServerCommands.help(HELP, out));
    for (String name : List.of("READONLY", "READWRITE", "ASKING")) {
      bind.accept(name, (client, request, out) -> out.ok());
    }
  }

  // ---------------------------------------------------------------- keys and slots

  private void keySlot(ClientState client, Request request, RespEncoder out) {
    out.integer(HashSlot.of(request.buffer(), request.offset(2), request.length(2)));
  }

  private void countKeysInSlot(ClientState client, Request request, RespEncoder out) {
    long slot = number(request, 2);
    if (slot < 0 || slot >= HashSlot.COUNT) {
      throw new CommandException(INVALID_SLOT);
    }
    out.integer(Math.max(0, view.keysInSlot((int) slot))); // of a slot that is elsewhere Redis has 0 too
  }

  private void getKeysInSlot(ClientState client, Request request, RespEncoder out) {
    long slot = number(request, 2);
    long count = number(request, 3);
    if (slot < 0 || slot >= HashSlot.COUNT || count < 0) {
      throw new CommandException("ERR Invalid slot or number of keys");
    }
    List<byte[]> keys = view.keysOfSlot((int) slot, (int) Math.min(count, Integer.MAX_VALUE));
    out.array(keys.size());
    keys.forEach(out::bulk);
  }

  private static long number(Request request, int i) {
    if (!request.isLong(i)) {
      throw new CommandException(RedisErrors.NOT_AN_INTEGER);
    }
    return request.asLong(i);
  }

  // ---------------------------------------------------------------- the map

  private void slots(ClientState client, Request request, RespEncoder out) {
    List<ClusterMap.Range> ranges = ClusterMap.of(view).ranges();
    out.array(ranges.size());
    for (ClusterMap.Range range : ranges) {
      List<NodeState> told = range.nodes().stream()
          .filter(node -> node == range.primary() || reachable(node)).toList();
      out.array(2 + told.size());
      out.integer(range.first());
      out.integer(range.last());
      for (NodeState node : told) {
        out.array(4);
        out.bulk(node.address().host());
        out.integer(node.address().clientPort());
        out.bulk(ClusterMap.redisId(node.id()));
        out.map(0);
      }
    }
  }

  private boolean reachable(NodeState node) {
    return node.id().equals(view.nodeId()) || view.reachable(node.id());
  }

  private void shards(ClientState client, Request request, RespEncoder out) {
    ClusterMap map = ClusterMap.of(view);
    Map<List<NodeState>, List<ClusterMap.Range>> shards = new LinkedHashMap<>(map.shards());
    Set<NodeState> serving = new HashSet<>();
    map.ranges().forEach(range -> serving.add(range.primary()));
    map.nodes().values().stream().filter(node -> !serving.contains(node))
        .forEach(idle -> shards.put(List.of(idle), List.of()));
    out.array(shards.size());
    shards.forEach((nodes, ranges) -> {
      out.map(2);
      out.bulk("slots");
      out.array(2 * ranges.size());
      for (ClusterMap.Range range : ranges) {
        out.integer(range.first());
        out.integer(range.last());
      }
      out.bulk("nodes");
      out.array(nodes.size());
      for (NodeState node : nodes) {
        shardNode(node, node == nodes.get(0), out);
      }
    });
  }

  private void shardNode(NodeState node, boolean primary, RespEncoder out) {
    out.map(7);
    out.bulk("id");
    out.bulk(ClusterMap.redisId(node.id()));
    out.bulk("port");
    out.integer(node.address().clientPort());
    out.bulk("ip");
    out.bulk(node.address().host());
    out.bulk("endpoint");
    out.bulk(node.address().host());
    out.bulk("role");
    out.bulk(primary ? "master" : "replica");
    out.bulk("replication-offset");
    out.integer(0);
    out.bulk("health");
    out.bulk(reachable(node) ? "online" : "failed");
  }

  private void nodes(ClientState client, Request request, RespEncoder out) {
    ClusterMap map = ClusterMap.of(view);
    StringBuilder text = new StringBuilder();
    map.served().forEach((id, ranges) -> line(map.nodes().get(id), ranges, text));
    out.verbatim("txt", text.toString());
  }

  private void line(NodeState node, List<ClusterMap.Range> ranges, StringBuilder text) {
    boolean myself = node.id().equals(view.nodeId());
    boolean reachable = reachable(node);
    text.append(ClusterMap.redisId(node.id())).append(' ')
        .append(node.address().host()).append(':').append(node.address().clientPort())
        .append('@').append(node.address().internalPort()).append(' ')
        .append(myself ? "myself,master" : reachable ? "master" : "master,fail?")
        .append(" - 0 ").append(myself || !reachable ? 0 : view.nowMillis())
        .append(' ').append(node.version())
        .append(reachable ? " connected" : " disconnected");
    for (ClusterMap.Range range : ranges) {
      text.append(' ').append(range.first());
      if (range.last() != range.first()) {
        text.append('-').append(range.last());
      }
    }
    text.append('\n');
  }

  // ---------------------------------------------------------------- the whole

  private void info(ClientState client, Request request, RespEncoder out) {
    Placement placement = view.placement();
    ClusterMap map = ClusterMap.of(view);
    int vnodes = placement == null ? 0 : placement.vnodes();
    int served = placement == null ? 0 : view.vnodesServed();
    int slotsOk = vnodes == 0 ? 0 : HashSlot.COUNT / vnodes * served;
    NodeState self = map.nodes().get(view.nodeId());
    StringBuilder text = new StringBuilder();
    field(text, "cluster_state", vnodes > 0 && served == vnodes ? "ok" : "fail");
    field(text, "cluster_slots_assigned", map.slotsAssigned());
    field(text, "cluster_slots_ok", slotsOk);
    field(text, "cluster_slots_pfail", map.slotsAssigned() - Math.min(slotsOk, map.slotsAssigned()));
    field(text, "cluster_slots_fail", 0);
    field(text, "cluster_known_nodes", map.nodes().size());
    field(text, "cluster_size", map.ranges().stream().map(ClusterMap.Range::primary).distinct().count());
    field(text, "cluster_current_epoch", map.nodes().values().stream().mapToLong(NodeState::version).max().orElse(0));
    field(text, "cluster_my_epoch", self == null ? 0 : self.version());
    field(text, "cluster_stats_messages_sent", 0);
    field(text, "cluster_stats_messages_received", 0);
    field(text, "total_cluster_links_buffer_limit_exceeded", 0);
    field(text, "henge_ring_fingerprint", fingerprint(view));
    field(text, "henge_vnodes_served", served);
    field(text, "henge_vnodes_ready", view.vnodesReady());
    out.verbatim("txt", text.toString());
  }

  /** Sixteen hexadecimal digits; empty until the ring has formed. */
  static String fingerprint(NodeView view) {
    return view.placement() == null ? "" : String.format("%016x", view.ringFingerprint());
  }

  private static void field(StringBuilder text, String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
  }
}
