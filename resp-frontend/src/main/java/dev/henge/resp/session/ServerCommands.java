package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandIntrospection;
import dev.henge.resp.command.RedisErrors;
import java.util.List;
import java.util.function.BiConsumer;

/** The commands about the node: COMMAND, INFO, CONFIG, TIME, and the logs that Henge keeps no entries in. */
public final class ServerCommands {

  private static final int MICROS_PER_MILLI = 1_000;
  private static final long COUNT_MIN = -1;
  private static final List<String> SLOWLOG_HELP = List.of(
      "SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "GET [<count>]",
      "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
      "    Entries are made of:",
      "    id, timestamp, time in microseconds, arguments array, client IP and port,",
      "    client name",
      "LEN",
      "    Return the length of the slowlog.",
      "RESET",
      "    Reset the slowlog.",
      "HELP",
      "    Prints this help.");

  private final NodeView view;

  private ServerCommands(NodeView view) {
    this.view = view;
  }

  /** Binds all of them; {@code process} is what INFO tells of this process. */
  public static void register(
      BiConsumer<String, ServerCommand> bind, NodeView view, CommandIntrospection<?> commands, ProcessFigures process) {
    ServerCommands server = new ServerCommands(view);
    ServerInfo info = new ServerInfo(view, process);
    introspection(bind, commands);
    bind.accept("INFO", info::execute);
    bind.accept("TIME", server::time);
    bind.accept("LOLWUT", (client, request, out) ->
        out.verbatim("txt", "Redis ver. " + ConnectionCommands.REDIS_VERSION + "\n"));
    bind.accept("SLOWLOG GET", server::slowlogGet);
    bind.accept("SLOWLOG LEN", (client, request, out) -> out.integer(0));
    bind.accept("SLOWLOG RESET", (client, request, out) -> out.ok());
    bind.accept("SLOWLOG HELP", (client, request, out) -> help(SLOWLOG_HELP, out));
    bind.accept("LATENCY LATEST", (client, request, out) -> out.array(0));
    bind.accept("LATENCY HISTORY", (client, request, out) -> out.array(0));
    bind.accept("LATENCY RESET", (client, request, out) -> out.integer(0));
    bind.accept("MODULE LIST", (client, request, out) -> out.array(0));
    ConfigCommands.register(bind, view, info);
  }

  private static void introspection(BiConsumer<String, ServerCommand> bind, CommandIntrospection<?> commands) {
    bind.accept("COMMAND", (client, request, out) -> commands.command(out));
    bind.accept("COMMAND COUNT", (client, request, out) -> commands.count(out));
    bind.accept("COMMAND INFO", (client, request, out) -> commands.info(request, out));
    bind.accept("COMMAND DOCS", (client, request, out) -> commands.docs(request, out));
    bind.accept("COMMAND LIST", (client, request, out) -> commands.list(request, out));
    bind.accept("COMMAND GETKEYS", (client, request, out) -> commands.getKeys(request, out));
    bind.accept("COMMAND GETKEYSANDFLAGS", (client, request, out) -> commands.getKeysAndFlags(request, out));
    bind.accept("COMMAND HELP", (client, request, out) -> commands.help(out));
  }

  /** Writes lines for people, as every HELP does. */
  static void help(List<String> lines, RespEncoder out) {
    out.array(lines.size());
    lines.forEach(out::simple);
  }

  private void time(ClientState client, Request request, RespEncoder out) {
    long millis = view.nowMillis();
    out.array(2);
    out.bulkLong(Math.floorDiv(millis, 1_000L));
    out.bulkLong(Math.floorMod(millis, 1_000L) * MICROS_PER_MILLI);
  }

  private void slowlogGet(ClientState client, Request request, RespEncoder out) {
    if (request.argCount() > 3) {
      throw new CommandException(RedisErrors.unknownSubcommandOrArgs(request.string(1), "SLOWLOG"));
    }
    if (request.argCount() == 3 && (!request.isLong(2) || request.asLong(2) < COUNT_MIN)) {
      throw new CommandException("ERR count should be greater than or equal to -1");
    }
    out.array(0);
  }
}
