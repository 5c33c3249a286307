package dev.henge.resp.session;

import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.placement.Vnode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Which node answers for which slots, as one node sees it at one moment, in the terms of Redis Cluster.
 *
 * <p>Redis has masters, each with slots and with replicas of its own. In Henge roles are by vnode: a node is the acting
 * primary of some and an owner of others. So every node is told as a master of the slots it serves, and each range of
 * slots comes with its own replicas. Any node answers for any key, so a map that is out of date costs a client
 * a hop and, unless it asked for that, no redirection.
 */
final class ClusterMap {

  /** A run of slots with the same nodes behind it: the acting primary first, then the other owners. */
  record Range(int first, int last, List<NodeState> nodes) {

    NodeState primary() {
      return nodes.get(0);
    }
  }

  private static final Pattern REDIS_ID = Pattern.compile("[0-9a-f]{40}");

  private final Map<String, NodeState> nodes;
  private final List<Range> ranges;

  private ClusterMap(Map<String, NodeState> nodes, List<Range> ranges) {
    this.nodes = nodes;
    this.ranges = ranges;
  }

  static ClusterMap of(NodeView view) {
    Map<String, NodeState> nodes = new TreeMap<>();
    view.nodes().forEach(node -> nodes.put(node.id(), node));
    List<Range> ranges = new ArrayList<>();
    Placement placement = view.placement();
    for (int v = 0; placement != null && v < placement.vnodes(); v++) {
      List<NodeState> behind = behind(v, placement, view, nodes);
      if (!behind.isEmpty()) {
        int first = Vnode.firstSlot(v, placement.vnodes());
        int last = Vnode.lastSlot(v, placement.vnodes());
        join(ranges, new Range(first, last, behind));
      }
    }
    return new ClusterMap(nodes, ranges);
  }

  private static List<NodeState> behind(int vnode, Placement placement, NodeView view, Map<String, NodeState> nodes) {
    List<String> ids = new ArrayList<>(placement.owners(vnode));
    String serving = view.servedBy(vnode);
    if (serving != null && nodes.containsKey(serving)) {
      ids.remove(serving);
      ids.add(0, serving);
    }
    List<NodeState> behind = new ArrayList<>(ids.size());
    for (String id : ids) {
      NodeState node = nodes.get(id);
      if (node != null) {
        behind.add(node);
      }
    }
    return behind;
  }

  /** Adds the range, or lengthens the one before it if the same nodes are behind both. */
  private static void join(List<Range> ranges, Range next) {
    Range before = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
    if (before != null && before.last + 1 == next.first && before.nodes.equals(next.nodes)) {
      ranges.set(ranges.size() - 1, new Range(before.first, next.last, next.nodes));
    } else {
      ranges.add(next);
    }
  }

  /** All known nodes, in the order of their ids. */
  Map<String, NodeState> nodes() {
    return Collections.unmodifiableMap(nodes);
  }

  /** In the order of slots; neighbours differ in a node or in the order of nodes. */
  List<Range> ranges() {
    return Collections.unmodifiableList(ranges);
  }

  /** The slots that each node serves, replicas left aside; every known node is there. */
  Map<String, List<Range>> served() {
    Map<String, List<Range>> served = new LinkedHashMap<>();
    nodes.keySet().forEach(id -> served.put(id, new ArrayList<>()));
    for (Range range : ranges) {
      NodeState primary = range.primary();
      join(served.get(primary.id()), new Range(range.first, range.last, List.of(primary)));
    }
    return served;
  }

  /** The ranges by the nodes behind them: the shards of CLUSTER SHARDS. */
  Map<List<NodeState>, List<Range>> shards() {
    Map<List<NodeState>, List<Range>> shards = new LinkedHashMap<>();
    for (Range range : ranges) {
      shards.computeIfAbsent(range.nodes, key -> new ArrayList<>()).add(range);
    }
    return shards;
  }

  /** How many slots the node list covers. */
  int slotsAssigned() {
    return ranges.stream().mapToInt(range -> range.last - range.first + 1).sum();
  }

  /** The node's id as Redis writes ids, 40 hexadecimal digits: itself if it is that, else its SHA-1. */
  static String redisId(String nodeId) {
    return REDIS_ID.matcher(nodeId).matches() ? nodeId : sha1(nodeId);
  }

  static String sha1(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
