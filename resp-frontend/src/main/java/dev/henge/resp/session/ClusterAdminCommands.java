package dev.henge.resp.session;

import dev.henge.node.Sizes;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandRow;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.RedisErrors;
import dev.henge.resp.session.RingAdmin.KnownNode;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The commands by which an operator grows, shrinks and drains the ring: HENGE.CLUSTER, and of Redis's own CLUSTER MEET
 * and CLUSTER FORGET. What changes the ring is staged, shown by PLAN, and begun by COMMIT.
 */
public final class ClusterAdminCommands {

  private static final String CLUSTER = "HENGE.CLUSTER";
  private static final int PORT_MAX = 65_535;
  private static final List<String> HELP = List.of(
      "HENGE.CLUSTER <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CANCEL",
      "    Take the last commit back while it is not done: what has moved moves back.",
      "COMMIT",
      "    Make what is staged the ring's goal: transfers begin.",
      "DRAIN",
      "    Have this node hand over all that others can serve, and serve nothing until UNDRAIN.",
      "DRAINED",
      "    Return 1 if a drain of this node has done what it can, else 0.",
      "JOIN <node> [<node> ...]",
      "    Stage that nodes which wait get vnodes.",
      "LEAVE <node> [<node> ...]",
      "    Stage that nodes hand over their vnodes and are free to go.",
      "NODES",
      "    Return the nodes that are known: address, zone, weight, standing, vnodes owned and due.",
      "PAUSE",
      "    Stop the transfers for now; what has been begun stays as it is.",
      "PLAN",
      "    Return what is staged, and what it would move.",
      "REMOVE <node> [<node> ...]",
      "    Stage that nodes which are dead for good are replaced in all that they owned.",
      "REPLACE <old> <new>",
      "    Stage that a node which waits gets just what another has. If that is dead for good, REMOVE it as well.",
      "REPLICAS <n>",
      "    Stage another number of owners of each vnode.",
      "RESUME",
      "    Go on with paused transfers.",
      "THROTTLE <bytes/s>",
      "    Set how much each node takes at most: a number, or a size such as 10mb; 0 for no limit.",
      "TRANSFERS",
      "    Return how far the ring is on its way to its goal.",
      "UNDRAIN",
      "    End the drain of this node.",
      "UNSTAGE",
      "    Forget what is staged.",
      "WEIGHT <node> <n>",
      "    Stage another weight of a node, in hundredths of a normal node.",
      "HELP",
      "    Prints this help.",
      "A node is named by its id, a unique beginning of it, or its host:port.");

  /** Flags and categories of what changes something, and of what only tells. */
  private static final String CHANGES = "admin,noscript,no_multi,loading,stale";
  private static final String CHANGES_CATEGORIES = "@admin,@slow,@dangerous";
  private static final String TELLS = "noscript,loading,stale";
  private static final String TELLS_CATEGORIES = "@slow";

  private final RingAdmin admin;
  private final NodeView view;

  private ClusterAdminCommands(RingAdmin admin, NodeView view) {
    this.admin = admin;
    this.view = view;
  }

  /** Adds the commands to the table. */
  public static void declare(CommandTable<?> table) {
    table.addContainer(CLUSTER, "cluster");
    changes(table, "JOIN", -3, "node [node ...]");
    changes(table, "LEAVE", -3, "node [node ...]");
    changes(table, "REMOVE", -3, "node [node ...]");
    changes(table, "REPLACE", 4, "old new");
    changes(table, "REPLICAS", 3, "n");
    changes(table, "WEIGHT", 4, "node n");
    changes(table, "UNSTAGE", 2, "");
    tells(table, "PLAN", "O(N) with N vnodes");
    changes(table, "COMMIT", 2, "");
    changes(table, "CANCEL", 2, "");
    tells(table, "TRANSFERS", "O(N) with N nodes");
    changes(table, "THROTTLE", 3, "bytes");
    changes(table, "PAUSE", 2, "");
    changes(table, "RESUME", 2, "");
    changes(table, "DRAIN", 2, "");
    changes(table, "UNDRAIN", 2, "");
    tells(table, "DRAINED", "O(1)");
    tells(table, "NODES", "O(N) with N nodes");
    tells(table, "HELP", "O(1)");
  }

  private static void changes(CommandTable<?> table, String name, int arity, String syntax) {
    declare(table, name, arity, CHANGES, "O(1); the work is done aside", CHANGES_CATEGORIES, syntax);
  }

  private static void tells(CommandTable<?> table, String name, String complexity) {
    declare(table, name, 2, TELLS, complexity, TELLS_CATEGORIES, "");
  }

  private static void declare(CommandTable<?> table, String name, int arity, String flags, String complexity,
      String categories, String syntax) {
    table.add(CommandRow.parse(CLUSTER + " " + name + "\t" + CLUSTER + "\tno\t" + arity + "\t" + flags
        + "\t0\t0\t0\t\t7.0.0\tcluster\t" + complexity + "\t" + categories + "\t\t\t\t" + syntax));
  }

  public static void register(BiConsumer<String, ServerCommand> bind, RingAdmin admin, NodeView view) {
    ClusterAdminCommands commands = new ClusterAdminCommands(admin, view);
    bind.accept(CLUSTER + " JOIN", commands.some(admin::stageJoin));
    bind.accept(CLUSTER + " LEAVE", commands.some(admin::stageLeave));
    bind.accept(CLUSTER + " REMOVE", commands.some(admin::stageRemove));
    bind.accept(CLUSTER + " REPLACE", commands::replace);
    bind.accept(CLUSTER + " REPLICAS", commands::replicas);
    bind.accept(CLUSTER + " WEIGHT", commands::weight);
    bind.accept(CLUSTER + " UNSTAGE", plain(admin::unstage));
    bind.accept(CLUSTER + " PLAN", (client, request, out) -> tell(admin.plan(), out));
    bind.accept(CLUSTER + " COMMIT", plain(admin::commit));
    bind.accept(CLUSTER + " CANCEL", plain(admin::cancel));
    bind.accept(CLUSTER + " TRANSFERS", (client, request, out) -> tell(admin.transfers(), out));
    bind.accept(CLUSTER + " THROTTLE", commands::throttle);
    bind.accept(CLUSTER + " PAUSE", plain(admin::pause));
    bind.accept(CLUSTER + " RESUME", plain(admin::resume));
    bind.accept(CLUSTER + " DRAIN", plain(admin::drain));
    bind.accept(CLUSTER + " UNDRAIN", plain(admin::undrain));
    bind.accept(CLUSTER + " DRAINED", (client, request, out) -> out.integer(admin.drained() ? 1 : 0));
    bind.accept(CLUSTER + " NODES", commands::nodes);
    bind.accept(CLUSTER + " HELP", (client, request, out) -> ServerCommands.help(HELP, out));
    bind.accept("CLUSTER MEET", commands::meet);
    bind.accept("CLUSTER FORGET", commands::forget);
  }

  // ---------------------------------------------------------------- what changes something

  private static void done(String refusal, RespEncoder out) {
    if (refusal != null) {
      throw new CommandException("ERR " + refusal);
    }
    out.ok();
  }

  private static ServerCommand plain(Supplier<String> change) {
    return (client, request, out) -> done(change.get(), out);
  }

  /** A change of all the nodes that are named. */
  private ServerCommand some(Function<List<String>, String> change) {
    return (client, request, out) -> {
      Set<String> named = new LinkedHashSet<>();
      for (int i = 2; i < request.argCount(); i++) {
        named.add(node(request.string(i)));
      }
      done(change.apply(List.copyOf(named)), out);
    };
  }

  private void replace(ClientState client, Request request, RespEncoder out) {
    done(admin.stageReplace(node(request.string(2)), node(request.string(3))), out);
  }

  private void replicas(ClientState client, Request request, RespEncoder out) {
    done(admin.stageReplicas(positive(request, 2)), out);
  }

  private void weight(ClientState client, Request request, RespEncoder out) {
    done(admin.stageWeight(node(request.string(2)), positive(request, 3)), out);
  }

  private void throttle(ClientState client, Request request, RespEncoder out) {
    long bytesPerSecond = Sizes.bytes(request.string(2));
    if (bytesPerSecond == Sizes.NOT_A_NUMBER) {
      throw new CommandException("ERR a rate is bytes a second, such as 1000000 or 10mb, or 0 for no limit");
    }
    done(admin.throttle(bytesPerSecond), out);
  }

  private static int positive(Request request, int i) {
    if (!request.isLong(i)) {
      throw new CommandException(RedisErrors.NOT_AN_INTEGER);
    }
    long number = request.asLong(i);
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw new CommandException("ERR value is out of range, must be positive");
    }
    return (int) number;
  }

  /** What the ring calls the node: clients know it by the id that CLUSTER NODES prints, and that may be another. */
  private String node(String named) {
    for (KnownNode node : admin.nodes()) {
      if (ClusterMap.redisId(node.id()).equals(named)) {
        return node.id();
      }
    }
    return named;
  }

  private void meet(ClientState client, Request request, RespEncoder out) {
    if (request.argCount() > 5) {
      throw new CommandException(RedisErrors.wrongArgCount("cluster|meet"));
    }
    if (!request.isLong(3)) {
      throw new CommandException("ERR Invalid base port specified: " + request.string(3));
    }
    if (request.argCount() == 5 && !request.isLong(4)) {
      throw new CommandException("ERR Invalid bus port specified: " + request.string(4));
    }
    long port = request.asLong(3);
    if (port < 1 || port > PORT_MAX || request.length(2) == 0) {
      throw new CommandException("ERR Invalid node address specified: " + request.string(2) + ":" + request.string(3));
    }
    done(admin.meet(request.string(2), (int) port), out);
  }

  private void forget(ClientState client, Request request, RespEncoder out) {
    String node = node(request.string(2));
    if (node.equals(view.nodeId())) {
      throw new CommandException("ERR I tried hard but I can't forget myself...");
    }
    done(admin.forget(node), out);
  }

  // ---------------------------------------------------------------- what tells something

  private void nodes(ClientState client, Request request, RespEncoder out) {
    List<KnownNode> nodes = admin.nodes();
    out.array(nodes.size());
    for (KnownNode node : nodes) {
      out.map(12);
      field(out, "id", node.id());
      field(out, "host", node.address().host());
      field(out, "port", node.address().clientPort());
      field(out, "internal-port", node.address().internalPort());
      field(out, "gossip-port", node.address().gossipPort());
      field(out, "zone", node.zone());
      field(out, "weight", node.weight());
      field(out, "standing", node.standing());
      field(out, "alive", node.alive() ? 1 : 0);
      field(out, "owned", node.owned());
      field(out, "due", node.due());
      field(out, "myself", node.id().equals(view.nodeId()) ? 1 : 0);
    }
  }

  private static void tell(RingPlan plan, RespEncoder out) {
    out.map(7);
    lines(out, "changes", plan.changes());
    lines(out, "warnings", plan.warnings());
    field(out, "vnodes-moved", plan.vnodesMoved());
    field(out, "bytes-moved", plan.bytesMoved());
    field(out, "vnodes-unsized", plan.vnodesUnsized());
    field(out, "seconds", plan.seconds());
    out.bulk("nodes");
    out.array(plan.nodes().size());
    for (RingPlan.NodeLoad load : plan.nodes()) {
      out.map(11);
      field(out, "node", load.node());
      field(out, "zone", load.zone());
      field(out, "weight", load.weight());
      field(out, "vnodes-before", load.vnodesBefore());
      field(out, "vnodes-after", load.vnodesAfter());
      field(out, "primaries-before", load.primariesBefore());
      field(out, "primaries-after", load.primariesAfter());
      field(out, "bytes-before", load.bytesBefore());
      field(out, "bytes-after", load.bytesAfter());
      field(out, "bytes-in", load.bytesIn());
      field(out, "bytes-out", load.bytesOut());
    }
  }

  private static void tell(TransferStanding standing, RespEncoder out) {
    out.map(6);
    field(out, "state", standing.isDone() ? "done" : standing.paused() ? "paused" : "moving");
    field(out, "bytes-per-second", standing.bytesPerSecond());
    field(out, "vnodes-left", standing.vnodesLeft());
    field(out, "bytes-left", standing.bytesLeft());
    field(out, "seconds-left", standing.secondsLeft());
    out.bulk("nodes");
    out.array(standing.nodes().size());
    for (TransferStanding.NodeTransfer node : standing.nodes()) {
      out.map(6);
      field(out, "node", node.node());
      field(out, "to-take", node.toTake());
      field(out, "taking", node.taking());
      field(out, "to-let-go", node.toLetGo());
      field(out, "bytes-done", node.bytesDone());
      field(out, "bytes-left", node.bytesLeft());
    }
  }

  private static void lines(RespEncoder out, String name, Collection<String> lines) {
    out.bulk(name);
    out.array(lines.size());
    lines.forEach(out::bulk);
  }

  private static void field(RespEncoder out, String name, long value) {
    out.bulk(name);
    out.integer(value);
  }

  private static void field(RespEncoder out, String name, String value) {
    out.bulk(name);
    out.bulk(value);
  }
}
