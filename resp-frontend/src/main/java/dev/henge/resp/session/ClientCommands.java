package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandRow;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.RedisErrors;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** CLIENT and its subcommands: names of connections, who is connected, and who shall be no longer. */
public final class ClientCommands {

  private static final List<String> HELP = List.of(
      "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "GETNAME",
      "    Return the name of the current connection.",
      "ID",
      "    Return the ID of the current connection.",
      "INFO",
      "    Return information about the current client connection.",
      "KILL <ip:port>",
      "    Kill connection made from <ip:port>.",
      "KILL <option> <value> [<option> <value> [...]]",
      "    Kill connections. Options are:",
      "    * ADDR (<ip:port>|<unixsocket>:0)",
      "      Kill connections made from the specified address",
      "    * LADDR (<ip:port>|<unixsocket>:0)",
      "      Kill connections made to specified local address",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      Kill connections by type.",
      "    * USER <username>",
      "      Kill connections authenticated by <username>.",
      "    * SKIPME (YES|NO)",
      "      Skip killing current connection (default: yes).",
      "LIST [options ...]",
      "    Return information about client connections. Options:",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      Return clients of specified type.",
      "REPLY (ON|OFF)",
      "    Control the replies sent to the current connection.",
      "SETINFO <option> <value>",
      "    Set client meta attr. Options are:",
      "    * LIB-NAME: the client lib name.",
      "    * LIB-VER: the client lib version.",
      "SETNAME <name>",
      "    Assign the name <name> to the current connection.",
      "NO-EVICT (ON|OFF)",
      "    Protect current client connection from eviction.",
      "NO-TOUCH (ON|OFF)",
      "    Will not touch LRU/LFU stats when this mode is on.",
      "HELP",
      "    Prints this help.");

  private final NodeView view;

  private ClientCommands(NodeView view) {
    this.view = view;
  }

  /** Adds the two subcommands that Redis got after 7.0 and that clients of today send at once. */
  public static void declare(CommandTable<?> table) {
    table.add(CommandRow.parse("CLIENT SETINFO\tCLIENT\tno\t4\tloading,noscript,stale\t0\t0\t0\t\t7.2.0\tconnection"
        + "\tO(1)\t@slow,@connection\t\t\t\t<LIB-NAME libname|LIB-VER libver>"));
    table.add(CommandRow.parse("CLIENT NO-TOUCH\tCLIENT\tno\t3\tloading,noscript,stale\t0\t0\t0\t\t7.2.0\tconnection"
        + "\tO(1)\t@slow,@connection\t\t\t\t<ON|OFF>"));
  }

  static void register(BiConsumer<String, ServerCommand> bind, NodeView view) {
    ClientCommands commands = new ClientCommands(view);
    bind.accept("CLIENT ID", (client, request, out) -> out.integer(client.id));
    bind.accept("CLIENT GETNAME", commands::getName);
    bind.accept("CLIENT SETNAME", commands::setName);
    bind.accept("CLIENT SETINFO", commands::setInfo);
    bind.accept("CLIENT INFO", (client, request, out) -> out.verbatim("txt", commands.line(client)));
    bind.accept("CLIENT LIST", commands::list);
    bind.accept("CLIENT KILL", commands::kill);
    bind.accept("CLIENT NO-EVICT", commands::noEvict);
    bind.accept("CLIENT NO-TOUCH", commands::noTouch);
    bind.accept("CLIENT REPLY", commands::reply);
    bind.accept("CLIENT HELP", (client, request, out) -> ServerCommands.help(HELP, out));
  }

  // ---------------------------------------------------------------- names

  private void getName(ClientState client, Request request, RespEncoder out) {
    if (client.name.isEmpty()) {
      out.nullBulk();
    } else {
      out.bulk(client.name);
    }
  }

  private void setName(ClientState client, Request request, RespEncoder out) {
    client.name = name(request, 2);
    out.ok();
  }

  /** Argument {@code i} as a connection's name. */
  static String name(Request request, int i) {
    return printable(request, i, "Client names");
  }

  private void setInfo(ClientState client, Request request, RespEncoder out) {
    if (request.is(2, "LIB-NAME")) {
      client.libName = printable(request, 3, "lib-name");
    } else if (request.is(2, "LIB-VER")) {
      client.libVersion = printable(request, 3, "lib-ver");
    } else {
      throw new CommandException("ERR Unrecognized option '" + request.string(2) + "'");
    }
    out.ok();
  }

  /** CLIENT LIST parts fields by blanks, so that no value may have one. */
  private static String printable(Request request, int i, String what) {
    String text = request.string(i);
    if (text.chars().anyMatch(c -> c < '!' || c > '~')) {
      throw new CommandException("ERR " + what + " cannot contain spaces, newlines or special characters.");
    }
    return text;
  }

  // ---------------------------------------------------------------- switches

  private void noEvict(ClientState client, Request request, RespEncoder out) {
    client.noEvict = on(request);
    out.ok();
  }

  private void noTouch(ClientState client, Request request, RespEncoder out) {
    client.noTouch = on(request);
    out.ok();
  }

  private static boolean on(Request request) {
    if (request.is(2, "ON") || request.is(2, "OFF")) {
      return request.is(2, "ON");
    }
    throw new CommandException(RedisErrors.SYNTAX);
  }

  private void reply(ClientState client, Request request, RespEncoder out) {
    if (request.is(2, "SKIP")) {
      throw new CommandException("ERR CLIENT REPLY SKIP is not supported");
    }
    boolean on = on(request);
    client.silent = !on;
    if (on) {
      out.ok();
    }
  }

  // ---------------------------------------------------------------- who is connected

  private void list(ClientState client, Request request, RespEncoder out) {
    Predicate<ClientState> wanted = all -> true;
    if (request.argCount() == 4 && request.is(2, "TYPE")) {
      wanted = ofType(request, 3);
    } else if (request.argCount() > 3 && request.is(2, "ID")) {
      Set<Long> ids = new HashSet<>();
      for (int i = 3; i < request.argCount(); i++) {
        if (!request.isLong(i)) {
          throw new CommandException("ERR Invalid client ID");
        }
        ids.add(request.asLong(i));
      }
      wanted = listed -> ids.contains(listed.id);
    } else if (request.argCount() != 2) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    StringBuilder text = new StringBuilder();
    view.clients().stream().filter(wanted).sorted(Comparator.comparingLong(c -> c.id))
        .forEach(listed -> text.append(line(listed)));
    out.verbatim("txt", text.toString());
  }

  private static Predicate<ClientState> ofType(Request request, int i) {
    return switch (request.string(i).toLowerCase(Locale.ROOT)) {
      case "normal" -> listed -> !listed.subscribed();
      case "pubsub" -> ClientState::subscribed;
      case "master", "replica", "slave" -> listed -> false; // nodes do not speak to each other as clients
      default -> throw new CommandException("ERR Unknown client type '" + request.string(i) + "'");
    };
  }

  /** The line of CLIENT LIST and CLIENT INFO. What Henge has no such thing of is 0. */
  private String line(ClientState client) {
    long now = view.nowMillis();
    return "id=" + client.id + " addr=" + client.address + " laddr=" + client.localAddress
        + " fd=" + client.fileDescriptor + " name=" + client.name
        + " age=" + seconds(now - client.createdMillis) + " idle=" + seconds(now - client.lastActiveMillis)
        + " flags=" + flags(client) + " db=" + client.db
        + " sub=" + client.channels + " psub=" + client.patterns + " ssub=" + client.shardChannels
        + " multi=" + client.queued + " qbuf=" + client.queryBufferBytes + " qbuf-free=0 argv-mem=0 multi-mem=0"
        + " rbs=0 rbp=0 obl=0 oll=0 omem=" + client.outputBytes
        + " tot-mem=" + (client.queryBufferBytes + client.outputBytes) + " events=r cmd=" + client.lastCommand
        + " user=" + client.user + " redir=-1 resp=" + client.protocol
        + " lib-name=" + client.libName + " lib-ver=" + client.libVersion + "\n";
  }

  private static long seconds(long millis) {
    return Math.max(0, millis / 1_000);
  }

  private static String flags(ClientState client) {
    String flags = (client.subscribed() ? "P" : "") + (client.queued >= 0 ? "x" : "") + (client.closing ? "c" : "")
        + (client.noEvict ? "e" : "") + (client.noTouch ? "T" : "");
    return flags.isEmpty() ? "N" : flags;
  }

  // ---------------------------------------------------------------- who shall be no longer

  private void kill(ClientState client, Request request, RespEncoder out) {
    boolean oldForm = request.argCount() == 3;
    Predicate<ClientState> condemned = oldForm
        ? listed -> listed.address.equals(request.string(2)) : condemned(client, request);
    List<ClientState> found = view.clients().stream().filter(condemned).toList();
    long killed = 0;
    for (ClientState listed : found) {
      if (listed.id == client.id) {
        client.closing = true;
        killed++;
      } else if (view.kill(listed.id)) {
        killed++;
      }
    }
    if (!oldForm) {
      out.integer(killed);
    } else if (killed == 0) {
      throw new CommandException("ERR No such client");
    } else {
      out.ok();
    }
  }

  private static Predicate<ClientState> condemned(ClientState self, Request request) {
    Predicate<ClientState> all = listed -> true;
    boolean skipSelf = true;
    for (int i = 2; i < request.argCount(); i += 2) {
      if (i + 1 == request.argCount()) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      if (request.is(i, "SKIPME")) {
        if (!request.is(i + 1, "YES") && !request.is(i + 1, "NO")) {
          throw new CommandException(RedisErrors.SYNTAX);
        }
        skipSelf = request.is(i + 1, "YES");
      } else {
        all = all.and(filter(request, i));
      }
    }
    return skipSelf ? all.and(listed -> listed.id != self.id) : all;
  }

  private static Predicate<ClientState> filter(Request request, int i) {
    String value = request.string(i + 1);
    switch (request.string(i).toLowerCase(Locale.ROOT)) {
      case "id":
        if (!request.isLong(i + 1) || request.asLong(i + 1) < 1) {
          throw new CommandException("ERR client-id should be greater than 0");
        }
        long id = request.asLong(i + 1);
        return listed -> listed.id == id;
      case "type":
        return ofType(request, i + 1);
      case "addr":
        return listed -> listed.address.equals(value);
      case "laddr":
        return listed -> listed.localAddress.equals(value);
      case "user":
        if (!value.equals("default")) {
          throw new CommandException("ERR No such user '" + value + "'");
        }
        return listed -> listed.user.equals(value);
      default:
        throw new CommandException(RedisErrors.SYNTAX);
    }
  }
}
