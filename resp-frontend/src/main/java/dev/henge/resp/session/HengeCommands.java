package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandRow;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.RedisErrors;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** The operator's commands that Redis does not have: HENGE.BACKUP. */
public final class HengeCommands {

  private static final String BACKUP = "HENGE.BACKUP";
  private static final List<String> HELP = List.of(
      "HENGE.BACKUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CANCEL",
      "    Stop the backup that runs, and delete what it has written.",
      "START <target> [BASE <earlier>] [PORTABLE] [REFERENCE] [RATE <bytes/s>]",
      "    Start a backup of this node into a directory on its machine. Options are:",
      "    * BASE <earlier>: take from an earlier backup what it has already",
      "    * REFERENCE: only name what the earlier backup has, instead of linking it",
      "    * PORTABLE: write the content as MapDB tables instead of the node's own files",
      "    * RATE <bytes/s>: read no faster",
      "STATUS",
      "    Return how far the backup is, or how the last one ended.",
      "HELP",
      "    Prints this help.");

  private final Backups backups;

  private HengeCommands(Backups backups) {
    this.backups = backups;
  }

  /** Adds the commands to the table. */
  public static void declare(CommandTable<?> table) {
    session(table, "HENGE.CONSISTENCY", -1, "[W n|one|quorum|all|default] [R primary|quorum|all|one|default]");
    session(table, "HENGE.REDIRECT", -1, "[ON|OFF]");
    session(table, "HENGE.SESSION", -1, "[token]");
    table.add(CommandRow.parse("WAITAOF\t\tno\t4\tnoscript\t0\t0\t0\t\t7.2.0\tgeneric\tO(1)\t@slow,@connection"
        + "\trequest_policy:all_shards,response_policy:agg_min\t\t\tnumlocal numreplicas timeout"));
    table.addContainer(BACKUP, "server");
    declare(table, "START", -3, "O(1); the work is done aside", "<target> [BASE earlier] [PORTABLE] [REFERENCE] [RATE bytes]");
    declare(table, "STATUS", 2, "O(1)", "");
    declare(table, "CANCEL", 2, "O(1)", "");
    declare(table, "HELP", 2, "O(1)", "");
  }

  private static void session(CommandTable<?> table, String name, int arity, String syntax) {
    table.add(CommandRow.parse(name + "\t\tno\t" + arity + "\tnoscript,no_multi\t0\t0\t0\t\t7.0.0\tconnection\tO(1)"
        + "\t@slow,@connection\t\t\t\t" + syntax));
  }

  private static void declare(CommandTable<?> table, String name, int arity, String complexity, String syntax) {
    table.add(CommandRow.parse(BACKUP + " " + name + "\t" + BACKUP + "\tno\t" + arity
        + "\tadmin,noscript,no_multi,loading,stale\t0\t0\t0\t\t7.0.0\tserver\t" + complexity
        + "\t@admin,@slow,@dangerous\t\t\t\t" + syntax));
  }

  public static void register(BiConsumer<String, ServerCommand> bind, Backups backups) {
    HengeCommands commands = new HengeCommands(backups);
    bind.accept(BACKUP + " START", commands::start);
    bind.accept(BACKUP + " STATUS", commands::status);
    bind.accept(BACKUP + " CANCEL", commands::cancel);
    bind.accept(BACKUP + " HELP", (client, request, out) -> ServerCommands.help(HELP, out));
  }

  private void start(ClientState client, Request request, RespEncoder out) {
    String base = null;
    boolean portable = false;
    boolean reference = false;
    long rate = 0;
    for (int i = 3; i < request.argCount(); i++) {
      boolean more = i + 1 < request.argCount();
      if (request.is(i, "PORTABLE")) {
        portable = true;
      } else if (request.is(i, "REFERENCE")) {
        reference = true;
      } else if (request.is(i, "BASE") && more) {
        base = request.string(++i);
      } else if (request.is(i, "RATE") && more && request.isLong(i + 1) && request.asLong(i + 1) > 0) {
        rate = request.asLong(++i);
      } else {
        throw new CommandException(RedisErrors.SYNTAX);
      }
    }
    String refusal = backups.start(new Backups.Order(request.string(2), base, portable, reference, rate));
    if (refusal != null) {
      throw new CommandException("ERR " + refusal);
    }
    out.ok();
  }

  private void status(ClientState client, Request request, RespEncoder out) {
    Map<String, Object> status = backups.status();
    out.map(status.size());
    status.forEach((field, value) -> {
      out.bulk(field);
      if (value instanceof Long number) {
        out.integer(number);
      } else {
        out.bulk(String.valueOf(value));
      }
    });
  }

  private void cancel(ClientState client, Request request, RespEncoder out) {
    if (!backups.cancel()) {
      throw new CommandException("ERR no backup runs");
    }
    out.ok();
  }
}
