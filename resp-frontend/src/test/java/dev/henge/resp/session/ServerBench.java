package dev.henge.resp.session;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.RespReader;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandFlag;
import dev.henge.resp.command.CommandIntrospection;
import dev.henge.resp.command.CommandSpec;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.Families;
import dev.henge.resp.command.RedisErrors;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/** The commands without keys as one client has them, behind the checks that a connection makes. */
public final class ServerBench {

  private static final ProcessFigures PROCESS = () -> new ProcessFigures.Now(
      4711, "/usr/bin/java", "Linux 6.1 x86_64", 3_000_000, 64 << 20, 5_000_000, 8L << 30, 1.25, 2.5);

  final FakeNodeView view;
  final ClientState client;
  /** The ring that the operator's commands are about. */
  public final FakeRingAdmin admin = new FakeRingAdmin();
  private final CommandTable<Object> table = table();

  ServerBench(FakeNodeView view) {
    this(view, 1);
  }

  ServerBench(FakeNodeView view, long clientId) {
    this.view = view;
    this.client = connect(clientId);
    bindAll(table, view, admin);
  }

  /** The only node of its ring. */
  public static ServerBench alone() {
    return new ServerBench(FakeNodeView.of(1));
  }

  /** The table of a node, with nothing bound. */
  public static CommandTable<Object> table() {
    CommandTable<Object> table = CommandTable.redis();
    ClientCommands.declare(table);
    HengeCommands.declare(table);
    InsightCommands.declare(table);
    ClusterAdminCommands.declare(table);
    return table;
  }

  /** All families, bound as a node binds them. */
  public static CommandTable<Object> boundTable() {
    CommandTable<Object> table = table();
    Families.registerAll((name, command) -> table.bind(name, command));
    bindAll(table, FakeNodeView.of(1), new FakeRingAdmin());
    new RingCommands(null, 1024, 16, new SplittableRandom(1)).register(table::bind);
    SessionCommands.register(table::bind, null, FakeNodeView.of(1));
    InsightCommands.register(table::bind, null);
    ServerCommand shutdown = (client, request, out) -> client.closing = true;
    table.bind("SHUTDOWN", shutdown);
    return table;
  }

  private static void bindAll(CommandTable<Object> table, FakeNodeView view, FakeRingAdmin admin) {
    BiConsumer<String, ServerCommand> bind = table::bind;
    ConnectionCommands.register(bind, view);
    ServerCommands.register(bind, view, new CommandIntrospection<>(table), PROCESS);
    ClusterCommands.register(bind, view);
    HengeCommands.register(bind, new FakeBackups());
    ClusterAdminCommands.register(bind, admin, view);
  }

  /** A node whose backups never end. */
  private static final class FakeBackups implements Backups {
    private Order running;

    @Override
    public String start(Order order) {
      if (running != null) {
        return "a backup into " + running.target() + " runs already";
      }
      running = order;
      return null;
    }

    @Override
    public Map<String, Object> status() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("state", running == null ? "idle" : "running");
      fields.put("order", String.valueOf(running));
      fields.put("files", 3L);
      return fields;
    }

    @Override
    public boolean cancel() {
      boolean was = running != null;
      running = null;
      return was;
    }
  }

  /** One more connection that the node knows of. */
  ClientState connect(long id) {
    ClientState connected = new ClientState(id, "127.0.0.1:" + (40_000 + id), "127.0.0.1:7001", view.nowMillis());
    connected.authenticated = view.config().current().requirepass().isEmpty();
    view.clients.add(connected);
    return connected;
  }

  Reply run(String... words) {
    return run(Request.of(words));
  }

  /** Whether the request's first word is one of these commands or a container of some. */
  public boolean has(Request request) {
    CommandSpec<Object> spec = table.lookup(request.string(0));
    return spec != null && spec.implemented();
  }

  public Reply run(Request request) {
    byte[] bytes = bytes(request);
    try {
      RespReader reader = new RespReader();
      reader.feed(bytes, 0, bytes.length);
      return reader.next();
    } catch (ProtocolException e) {
      throw new AssertionError("a reply that is none: " + request, e);
    }
  }

  /** The reply as it goes over the wire. */
  public byte[] bytes(Request request) {
    RespEncoder out = new RespEncoder().version(client.protocol);
    CommandSpec<Object> spec = table.lookup(request);
    boolean open = view.config().current().requirepass().isEmpty() || client.authenticated;
    if (spec == null || spec.handler() == null) {
      out.error(spec == null ? table.unknown(request) : RedisErrors.wrongArgCount(spec.name()));
    } else if (!spec.arityFits(request.argCount())) {
      out.error(RedisErrors.wrongArgCount(spec.name()));
    } else if (!open && !spec.has(CommandFlag.NO_AUTH)) {
      out.error(RedisErrors.NO_AUTH);
    } else {
      client.lastCommand = spec.name();
      try {
        ((ServerCommand) spec.handler()).execute(client, request, out);
      } catch (CommandException e) {
        out.reset();
        out.error(e.reply());
      }
    }
    return Arrays.copyOf(out.array(), out.length());
  }

  /** The text of a status, string, error or verbatim reply. */
  String text(String... words) {
    return run(words).asText();
  }

  String wire(String... words) {
    return new String(bytes(Request.of(words)), StandardCharsets.ISO_8859_1);
  }

  public int db() {
    return client.db;
  }

  public int protocol() {
    return client.protocol;
  }
}
