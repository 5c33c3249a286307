package dev.henge.resp.session;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.RedisErrors;
import dev.henge.resp.session.RingCommand.ReplyTo;
import dev.henge.ring.coordinator.Consistency;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.version.VersionVector;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

/** The commands by which a connection chooses its consistency and learns what became of its writes. */
public final class SessionCommands {

  /** WAIT and WAITAOF wait no longer than this, also where Redis would wait for ever. */
  static final long WAIT_MILLIS_MAX = 3_600_000;

  /** Where no number of owners is asked for, all are asked and heard for so long. */
  private static final long LOOK_MILLIS = 100;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Frontend frontend;
  private final NodeView view;

  private SessionCommands(Frontend frontend, NodeView view) {
    this.frontend = frontend;
    this.view = view;
  }

  public static void register(BiConsumer<String, SessionCommand> bind, Frontend frontend, NodeView view) {
    SessionCommands commands = new SessionCommands(frontend, view);
    bind.accept("HENGE.CONSISTENCY", commands::consistency);
    bind.accept("HENGE.REDIRECT", commands::redirect);
    bind.accept("HENGE.SESSION", commands::session);
    bind.accept("WAIT", commands::await);
    bind.accept("WAITAOF", commands::awaitSynced);
  }

  private static void reply(ClientState client, ReplyTo replyTo, java.util.function.Consumer<RespEncoder> writer) {
    RespEncoder out = new RespEncoder().version(client.protocol);
    writer.accept(out);
    replyTo.reply(out.toByteArray());
  }

  // ---------------------------------------------------------------- W and R

  private void consistency(ClientState client, Request request, ReplyTo replyTo) {
    Consistency chosen = client.session.chosen();
    for (int i = 1; i < request.argCount(); i += 2) {
      if (i + 1 == request.argCount()) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      if (request.is(i, "W")) {
        int owners = Consistency.writeOwners(request.string(i + 1));
        if (owners < 0) {
          throw new CommandException("ERR W is a number of owners, one, quorum, all or default");
        }
        chosen = chosen.withWriteOwners(owners);
      } else if (request.is(i, "R")) {
        ReadLevel level = Consistency.reads(request.string(i + 1));
        if (level == null && !request.is(i + 1, "DEFAULT")) {
          throw new CommandException("ERR R is primary, quorum, all, one or default");
        }
        chosen = chosen.withReads(level);
      } else {
        throw new CommandException(RedisErrors.SYNTAX);
      }
    }
    if (request.argCount() > 1) {
      client.session.choose(chosen);
      reply(client, replyTo, RespEncoder::ok);
    } else {
      reply(client, replyTo, out -> show(client.session, out));
    }
  }

  private void show(ClientSession session, RespEncoder out) {
    Consistency chosen = session.chosen();
    boolean ownW = chosen.writeOwners() != Terms.AS_CONFIGURED;
    out.map(5);
    out.bulk("w");
    out.bulk(ownW ? Consistency.word(chosen.writeOwners()) : view.config().current().value("write-quorum"));
    out.bulk("w-from");
    out.bulk(ownW ? "connection" : "server");
    out.bulk("r");
    out.bulk(chosen.over(frontend.server()).reads().word());
    out.bulk("r-from");
    out.bulk(chosen.reads() != null ? "connection" : "server");
    out.bulk("session");
    out.bulk(session.followed() ? "on" : "off");
  }

  // ---------------------------------------------------------------- redirection

  private void redirect(ClientState client, Request request, ReplyTo replyTo) {
    if (request.argCount() == 1) {
      reply(client, replyTo, out -> out.bulk(client.session.redirected() ? "on" : "off"));
      return;
    }
    if (request.argCount() > 2 || !request.is(1, "ON") && !request.is(1, "OFF")) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    client.session.redirect(request.is(1, "ON") ? this::elsewhere : null);
    reply(client, replyTo, RespEncoder::ok);
  }

  private String elsewhere(int vnode) {
    String serving = view.servedBy(vnode);
    if (serving == null || serving.equals(view.nodeId())) {
      return null;
    }
    return view.nodes().stream().filter(node -> node.id().equals(serving)).findFirst()
        .map(node -> node.address().host() + ":" + node.address().clientPort()).orElse(null);
  }

  // ---------------------------------------------------------------- the session

  private void session(ClientState client, Request request, ReplyTo replyTo) {
    int vnodes = view.placement().vnodes();
    if (request.argCount() > 2) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    if (request.argCount() == 1) {
      client.session.follow(frontend.shard()::clock);
      String token = SessionToken.write(vnodes, client.session.seen());
      if (token.length() > SessionToken.CHARS_MAX) {
        throw new CommandException("ERR the session has seen too much for a token");
      }
      reply(client, replyTo, out -> out.bulk(token));
      return;
    }
    Map<Integer, VersionVector> seen = SessionToken.read(vnodes, request.string(1));
    if (seen == null) {
      throw new CommandException("ERR that is no token of a session of this ring");
    }
    client.session.follow(frontend.shard()::clock);
    seen.forEach(client.session::saw);
    reply(client, replyTo, RespEncoder::ok);
  }

  // ---------------------------------------------------------------- waiting

  private void await(ClientState client, Request request, ReplyTo replyTo) {
    long replicas = number(request, 1, RedisErrors.NOT_AN_INTEGER);
    long millis = millis(request, 2);
    count(client, replicas + 1, false, replicas <= 0, millis,
        owners -> reply(client, replyTo, out -> out.integer(Math.max(0, owners - 1))));
  }

  private void awaitSynced(ClientState client, Request request, ReplyTo replyTo) {
    long local = number(request, 1, RedisErrors.NOT_AN_INTEGER);
    if (local < 0 || local > 1) {
      throw new CommandException("ERR value is out of range, value must between 0 and 1");
    }
    long replicas = number(request, 2, "ERR value is out of range, must be positive");
    if (replicas < 0) {
      throw new CommandException("ERR value is out of range, must be positive");
    }
    long millis = millis(request, 3);
    count(client, replicas > 0 ? replicas + 1 : local, true, local + replicas == 0, millis, owners -> reply(client, replyTo, out -> {
      out.array(2);
      out.integer(Math.min(1, owners));
      out.integer(Math.max(0, owners - 1));
    }));
  }

  /** Counts the owners that have all that the connection wrote. A connection that wrote nothing is told of all. */
  private void count(ClientState client, long enough, boolean synced, boolean look, long millis, IntConsumer told) {
    int owners = view.placement().owners(0).size();
    Map<Integer, VersionVector> written = client.session.written(frontend.shard()::clock);
    if (written.isEmpty() && enough <= owners) {
      told.accept(owners);
      return;
    }
    long atMost = look ? Math.min(millis, LOOK_MILLIS) : millis;
    long deadlineNanos = frontend.shard().nowNanos() + atMost * NANOS_PER_MILLI;
    Map<Integer, VersionVector> asked = written.isEmpty() ? Map.of(0, VersionVector.EMPTY) : written;
    int wanted = look ? owners : (int) Math.min(enough, Integer.MAX_VALUE);
    frontend.coordinator().ownerCount().count(asked, synced, wanted, deadlineNanos, told);
  }

  private static long number(Request request, int arg, String error) {
    try {
      return request.asLong(arg);
    } catch (NumberException e) {
      throw new CommandException(error);
    }
  }

  private static long millis(Request request, int arg) {
    long millis = number(request, arg, "ERR timeout is not an integer or out of range");
    if (millis < 0) {
      throw new CommandException("ERR timeout is negative");
    }
    return millis == 0 ? WAIT_MILLIS_MAX : Math.min(millis, WAIT_MILLIS_MAX);
  }
}
