package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.RedisErrors;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.BiConsumer;

/** The commands about one connection: who speaks, in which protocol, to which database; and {@link ClientCommands}. */
public final class ConnectionCommands {

  /** The version of Redis whose answers these are; clients choose by it what they send. */
  static final String REDIS_VERSION = "7.0.15";

  private static final String DEFAULT_USER = "default";
  private static final String HELLO_UNAUTHENTICATED = "NOAUTH HELLO must be called with the client already "
      + "authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client "
      + "and select the RESP protocol version at the same time";

  private final NodeView view;

  private ConnectionCommands(NodeView view) {
    this.view = view;
  }

  /** Binds all of them and CLIENT; {@link ClientCommands#declare} must have been there before. */
  public static void register(BiConsumer<String, ServerCommand> bind, NodeView view) {
    ConnectionCommands commands = new ConnectionCommands(view);
    bind.accept("PING", commands::ping);
    bind.accept("ECHO", (client, request, out) -> bulk(request, 1, out));
    bind.accept("QUIT", commands::quit);
    bind.accept("RESET", commands::reset);
    bind.accept("SELECT", commands::select);
    bind.accept("AUTH", commands::auth);
    bind.accept("HELLO", commands::hello);
    ClientCommands.register(bind, view);
  }

  private static void bulk(Request request, int i, RespEncoder out) {
    out.bulk(request.buffer(), request.offset(i), request.length(i));
  }

  private void ping(ClientState client, Request request, RespEncoder out) {
    if (request.argCount() > 2) {
      throw new CommandException(RedisErrors.wrongArgCount("ping"));
    }
    boolean hasArgument = request.argCount() == 2;
    if (client.subscribed() && client.protocol == 2) {
      out.array(2);
      out.bulk("pong");
      if (hasArgument) {
        bulk(request, 1, out);
      } else {
        out.bulk("");
      }
    } else if (hasArgument) {
      bulk(request, 1, out);
    } else {
      out.simple("PONG");
    }
  }

  private void quit(ClientState client, Request request, RespEncoder out) {
    client.closing = true;
    out.ok();
  }

  /** Makes the connection as new; what it queued and listens to is the dispatcher's to drop. */
  private void reset(ClientState client, Request request, RespEncoder out) {
    client.db = 0;
    client.name = "";
    client.user = DEFAULT_USER;
    client.authenticated = password().isEmpty();
    client.noTouch = false;
    client.silent = false;
    client.session.forget();
    speak(2, client, out);
    out.simple("RESET");
  }

  private void select(ClientState client, Request request, RespEncoder out) {
    if (!request.isLong(1)) {
      throw new CommandException(RedisErrors.NOT_AN_INTEGER);
    }
    long db = request.asLong(1);
    if (db != (int) db) {
      throw new CommandException(RedisErrors.notBetween(Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    if (db < 0 || db >= view.config().current().databases()) {
      throw new CommandException(RedisErrors.DB_OUT_OF_RANGE);
    }
    client.db = (int) db;
    out.ok();
  }

  private void auth(ClientState client, Request request, RespEncoder out) {
    if (request.argCount() > 3) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    if (request.argCount() == 2) {
      if (password().isEmpty()) {
        throw new CommandException(RedisErrors.AUTH_WITHOUT_PASSWORD);
      }
      authenticate(client, DEFAULT_USER, request.copy(1));
    } else {
      authenticate(client, request.string(1), request.copy(2));
    }
    out.ok();
  }

  private String password() {
    return view.config().current().requirepass();
  }

  private void authenticate(ClientState client, String user, byte[] given) {
    String password = password();
    if (!user.equals(DEFAULT_USER) || !password.isEmpty() && !same(password.getBytes(StandardCharsets.UTF_8), given)) {
      throw new CommandException(RedisErrors.WRONG_PASS);
    }
    client.user = DEFAULT_USER;
    client.authenticated = true;
  }

  /** Takes as long wherever the two differ, and whatever the length of either: their digests are compared. */
  private static boolean same(byte[] a, byte[] b) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return MessageDigest.isEqual(digest.digest(a), digest.digest(b));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void hello(ClientState client, Request request, RespEncoder out) {
    int protocol = 0;
    if (request.argCount() > 1) {
      if (!request.isLong(1)) {
        throw new CommandException(RedisErrors.PROTOCOL_NOT_AN_INTEGER);
      }
      long asked = request.asLong(1);
      if (asked < 2 || asked > 3) {
        throw new CommandException(RedisErrors.NO_PROTO);
      }
      protocol = (int) asked;
    }
    helloOptions(client, request);
    if (!client.authenticated && !password().isEmpty()) {
      throw new CommandException(HELLO_UNAUTHENTICATED);
    }
    if (protocol != 0) {
      speak(protocol, client, out);
    }
    greet(client, out);
  }

  private void helloOptions(ClientState client, Request request) {
    for (int i = 2; i < request.argCount(); i++) {
      int more = request.argCount() - 1 - i;
      if (request.is(i, "AUTH") && more >= 2) {
        authenticate(client, request.string(i + 1), request.copy(i + 2));
        i += 2;
      } else if (request.is(i, "SETNAME") && more >= 1) {
        client.name = ClientCommands.name(request, i + 1);
        i++;
      } else {
        throw new CommandException("ERR Syntax error in HELLO option '" + request.string(i) + "'");
      }
    }
  }

  private void greet(ClientState client, RespEncoder out) {
    out.map(7);
    out.bulk("server");
    out.bulk("redis");
    out.bulk("version");
    out.bulk(REDIS_VERSION);
    out.bulk("proto");
    out.integer(client.protocol);
    out.bulk("id");
    out.integer(client.id);
    out.bulk("mode");
    out.bulk(ServerInfo.mode(view));
    out.bulk("role");
    out.bulk("master");
    out.bulk("modules");
    out.array(0);
  }

  private static void speak(int protocol, ClientState client, RespEncoder out) {
    client.protocol = protocol;
    out.version(protocol);
  }
}
