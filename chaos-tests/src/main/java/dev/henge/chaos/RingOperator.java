package dev.henge.chaos;

import dev.henge.node.RespClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An operator of a ring: says HENGE.CLUSTER to a node of it, as redis-cli would. */
public final class RingOperator {

  private static final String CLUSTER = "HENGE.CLUSTER";
  private static final int TIMEOUT_MILLIS = 5_000;

  private final InetSocketAddress node;
  private final int timeoutMillis;

  /** @param node through which the operator speaks */
  public RingOperator(InetSocketAddress node) {
    this(node, TIMEOUT_MILLIS);
  }

  public RingOperator(InetSocketAddress node, int timeoutMillis) {
    this.node = node;
    this.timeoutMillis = timeoutMillis;
  }

  /** A node as the ring knows it. */
  public record Known(String id, InetSocketAddress address, String standing, boolean alive, long owned, long due,
      boolean myself) {}

  private Object ask(String... words) throws IOException {
    try (RespClient client = new RespClient(node.getHostString(), node.getPort(), timeoutMillis)) {
      return client.call(words);
    }
  }

  /** A subcommand that answers OK. */
  private void tell(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(CLUSTER));
    all.addAll(List.of(words));
    Object reply = ask(all.toArray(String[]::new));
    if (!"OK".equals(reply)) {
      throw new IOException(String.join(" ", all) + " was answered by " + reply);
    }
  }

  private static Map<String, Object> map(Object reply) {
    Map<String, Object> fields = new LinkedHashMap<>();
    List<?> flat = (List<?>) reply;
    for (int i = 0; i + 1 < flat.size(); i += 2) {
      fields.put(String.valueOf(flat.get(i)), flat.get(i + 1));
    }
    return fields;
  }

  private static boolean yes(Object field) {
    return Long.valueOf(1).equals(field);
  }

  /** The nodes that are known. */
  public List<Known> nodes() throws IOException {
    List<Known> nodes = new ArrayList<>();
    for (Object one : (List<?>) ask(CLUSTER, "NODES")) {
      Map<String, Object> fields = map(one);
      nodes.add(new Known((String) fields.get("id"), InetSocketAddress.createUnresolved((String) fields.get("host"),
          ((Long) fields.get("port")).intValue()), (String) fields.get("standing"), yes(fields.get("alive")),
          (Long) fields.get("owned"), (Long) fields.get("due"), yes(fields.get("myself"))));
    }
    return nodes;
  }

  /** The id of the node that the operator speaks to. */
  public String id() throws IOException {
    return nodes().stream().filter(Known::myself).findFirst()
        .orElseThrow(() -> new IOException("the node at " + node + " does not know itself")).id();
  }

  /** Has nodes that wait get vnodes, and others hand theirs over, at once. */
  public void change(List<String> join, List<String> leave) throws IOException {
    try {
      tell("UNSTAGE");
    } catch (RespClient.ErrorReply e) {
      // nothing was
    }
    stage("JOIN", join);
    stage("LEAVE", leave);
    tell("COMMIT");
  }

  private void stage(String verb, List<String> ids) throws IOException {
    if (!ids.isEmpty()) {
      List<String> words = new ArrayList<>(List.of(verb));
      words.addAll(ids);
      tell(words.toArray(String[]::new));
    }
  }

  /** Has a node that waits get just what another had that is dead for good. */
  public void replace(String old, String fresh) throws IOException {
    tell("REPLACE", old, fresh);
    tell("REMOVE", old);
    tell("COMMIT");
  }

  /** Has the ring keep so many copies of all. */
  public void replicas(int n) throws IOException {
    tell("REPLICAS", Integer.toString(n));
    tell("COMMIT");
  }

  /** Drops a node that owns nothing from those that are known. */
  public void forget(String id) throws IOException {
    ask("CLUSTER", "FORGET", id);
  }

  /** Has the node hand over all that others can serve. */
  public void drain() throws IOException {
    tell("DRAIN");
  }

  public boolean drained() throws IOException {
    return yes(ask(CLUSTER, "DRAINED"));
  }

  /** Null once nothing is left to move, as this node has it; else how much is. */
  public String moving() throws IOException {
    Map<String, Object> fields = map(ask(CLUSTER, "TRANSFERS"));
    return "done".equals(fields.get("state")) ? null : "node " + node + " tells: " + fields;
  }

  /** Null once a node is as it should be; else how it is. */
  public String not(String id, String standing) throws IOException {
    for (Known known : nodes()) {
      if (known.id().equals(id)) {
        return known.standing().equals(standing) ? null : known.toString();
      }
    }
    return "node " + id + " is not known to " + node;
  }
}
