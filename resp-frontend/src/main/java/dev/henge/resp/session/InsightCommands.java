package dev.henge.resp.session;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandContext;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandRow;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.KeyCommand;
import dev.henge.resp.command.RedisErrors;
import dev.henge.resp.session.RingCommand.ReplyTo;
import dev.henge.ring.coordinator.Call;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.replica.Hold;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Replicas;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.KeyVersions;
import dev.henge.storage.version.VersionVector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The commands by which a person sees what lies under a key and a vnode: owners, clocks, versions, and what a merge
 * has put aside.
 */
public final class InsightCommands {

  /** What HENGE.KEY asks the acting primary. */
  private static final String ROWS = "HENGE.ROWS";

  /** So long each, the acting primary and any owner, are waited for. */
  private static final long KEY_PATIENCE_NANOS = 1_000_000_000;

  private static final int SIBLINGS_DEFAULT = 100;
  private static final int SIBLINGS_MAX = 1_000;

  /** Of a value in words so many bytes are shown. */
  private static final int SHOWN_BYTES_MAX = 64;

  private static final List<String> HELP = List.of(
      "HENGE.<command>: what Henge has beside Redis's commands.",
      "HENGE.BACKUP <subcommand> [<arg> ...]",
      "    Back this node up; see HENGE.BACKUP HELP.",
      "HENGE.CLUSTER <subcommand> [<arg> ...]",
      "    Grow, shrink and drain the ring; see HENGE.CLUSTER HELP.",
      "HENGE.CONSISTENCY [W <owners>|one|quorum|all|default] [R primary|quorum|all|one|default]",
      "    Choose for this connection how many owners must have its writes (W) and whose word its",
      "    reads take (R). Without arguments: show what is in force.",
      "HENGE.KEY <key>",
      "    Show the key's slot, vnode, owners, acting primary and mode, and the versions of its rows.",
      "HENGE.REDIRECT [ON|OFF]",
      "    Reply MOVED on this connection where another node executes a command, instead of forwarding",
      "    it. Without argument: show which.",
      "HENGE.SESSION [<token>]",
      "    Return a token of what this connection has seen and written; or, with a token, go on from",
      "    what another connection had: nothing older is read or written upon.",
      "HENGE.SIBLINGS <key> [COUNT <count>]",
      "    Show what concurrent writes have lost to the values shown and is still kept.",
      "HENGE.VNODE <vnode>",
      "    Show a vnode's mode, owners, clocks, and what each owner lacks.",
      "HENGE.HELP",
      "    Prints this help.");

  private static final String SPEC = "RO+access;index(index=1);range(lastkey=0,keystep=1,limit=0)";

  private final Frontend frontend;

  private InsightCommands(Frontend frontend) {
    this.frontend = frontend;
  }

  /** Adds the commands to the table. */
  public static void declare(CommandTable<?> table) {
    table.add(CommandRow.parse("HENGE.KEY\t\tno\t2\treadonly\t0\t0\t0\t\t7.0.0\tserver\tO(1)\t@read,@slow\t\t\t\tkey"));
    table.add(CommandRow.parse("HENGE.SIBLINGS\t\tno\t-2\treadonly\t1\t1\t1\t" + SPEC
        + "\t7.0.0\tserver\tO(N) with N rows of the key, at most 10000\t@read,@slow\t\t\t\tkey [COUNT count]"));
    table.add(CommandRow.parse("HENGE.VNODE\t\tno\t2\treadonly\t0\t0\t0\t\t7.0.0\tserver\tO(1)\t@read,@slow\t\t\t\tvnode"));
    table.add(CommandRow.parse("HENGE.HELP\t\tno\t1\tloading,stale\t0\t0\t0\t\t7.0.0\tserver\tO(1)\t@slow\t\t\t\t"));
    table.add(CommandRow.parse(ROWS + "\t\tno\t2\treadonly\t1\t1\t1\t" + SPEC
        + "\t7.0.0\tserver\tO(1)\t@read,@slow\t\t\t\tkey"));
  }

  public static void register(BiConsumer<String, Object> bind, Frontend frontend) {
    InsightCommands commands = new InsightCommands(frontend);
    bind.accept("HENGE.KEY", (SessionCommand) commands::key);
    bind.accept("HENGE.SIBLINGS", (KeyCommand) commands::siblings);
    bind.accept("HENGE.VNODE", commands.new VnodeCommand());
    bind.accept("HENGE.HELP", (ServerCommand) (client, request, out) -> ServerCommands.help(HELP, out));
    bind.accept(ROWS, (KeyCommand) commands::rows);
  }

  // ---------------------------------------------------------------- words

  static String time(long hlc) {
    return Instant.ofEpochMilli(hlc >>> 16).toString();
  }

  static String dot(Sibling written) {
    return Long.toHexString(written.actor()) + ':' + written.seq();
  }

  /** A value in quotes, without control characters, cut off where it is long. */
  static String quoted(byte[] value) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < Math.min(value.length, SHOWN_BYTES_MAX); i++) {
      int c = value[i] & 0xFF;
      if (c == '"' || c == '\\') {
        text.append('\\').append((char) c);
      } else if (c < ' ' || c > '~') {
        text.append(String.format(Locale.ROOT, "\\x%02x", c));
      } else {
        text.append((char) c);
      }
    }
    text.append('"');
    return value.length > SHOWN_BYTES_MAX ? text + " and " + (value.length - SHOWN_BYTES_MAX) + " bytes more" : text.toString();
  }

  private static void field(RespEncoder out, String name, Object value) {
    out.bulk(name);
    if (value instanceof Number number) {
      out.integer(number.longValue());
    } else {
      out.bulk(String.valueOf(value));
    }
  }

  private static String nameOrNobody(String node) {
    return node == null ? "nobody" : node;
  }

  // ---------------------------------------------------------------- HENGE.KEY

  /**
   * What this node knows of the key's place, and what the acting primary, or where there is none any owner, knows of
   * its rows.
   */
  private void key(ClientState client, Request request, ReplyTo replyTo) {
    byte[] key = request.copy(1);
    int slot = HashSlot.of(key, 0, key.length);
    int vnode = frontend.vnode(key, 0, key.length);
    byte[] command = WrittenCommand.write(client.db, 2, Request.of(Frontend.ascii(ROWS), key));
    askRows(vnode, command, Terms.PLAIN, told -> {
      if (!(told instanceof Reply.Error)) {
        replyTo.reply(place(slot, vnode, told, client.protocol));
        return;
      }
      Terms any = new Terms(Terms.AS_CONFIGURED, ReadLevel.ONE, VersionVector.EMPTY, false);
      askRows(vnode, command, any, old -> replyTo.reply(place(slot, vnode, old, client.protocol)));
    });
  }

  private void askRows(int vnode, byte[] command, Terms terms, Consumer<Reply> then) {
    long deadlineNanos = Math.min(frontend.deadlineNanos(), frontend.shard().nowNanos() + KEY_PATIENCE_NANOS);
    frontend.coordinator().submit(vnode, new Call(command, true, deadlineNanos, terms) {
      @Override
      protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
        then.accept(outcome == Outcome.DONE ? ManyVnodes.read(reply) : new Reply.Error(Outcomes.text(outcome, reply)));
      }
    });
  }

  private byte[] place(int slot, int vnode, Reply told, int protocol) {
    RespEncoder out = new RespEncoder().version(protocol);
    Shard shard = frontend.shard();
    List<Reply> rows = told instanceof Reply.Array array ? array.elements() : List.of(new Reply.Bulk(Frontend.ascii("rows")), told);
    out.map(4 + rows.size() / 2);
    field(out, "slot", slot);
    field(out, "vnode", vnode);
    out.bulk("owners");
    owners(out, vnode);
    field(out, "acting-primary", nameOrNobody(shard.candidate(vnode)));
    rows.forEach(out::reply);
    return out.toByteArray();
  }

  private void owners(RespEncoder out, int vnode) {
    Shard shard = frontend.shard();
    List<String> owners = shard.owners(vnode);
    out.array(owners.size());
    for (String owner : owners) {
      boolean self = owner.equals(shard.config().self());
      boolean readable = self ? shard.own().readable(vnode) : shard.own().readableAt(owner, vnode);
      out.bulk(owner + (self ? " (this node)" : shard.reachable(owner) ? " reachable" : " unreachable") + (readable ? ", ready" : ", not ready"));
    }
  }

  /** The acting primary's part: names and values by turns. */
  private void rows(CommandContext context) {
    Shard shard = frontend.shard();
    Head head = context.peek(1);
    int vnode = frontend.vnode(context.request().buffer(), context.request().offset(1), context.request().length(1));
    Replicas.Standing standing = shard.own().standing(vnode);
    RespEncoder out = context.out();
    out.array(14);
    field(out, "told-by", shard.config().self());
    field(out, "mode", standing == null ? "none" : standing.mode());
    field(out, "clock", shard.own().clock(vnode));
    field(out, "type", head.type().redisName());
    long deadline = head.deadlineMillis();
    field(out, "deadline", deadline == 0 ? "none" : Instant.ofEpochMilli(deadline) + (head.exists() ? "" : ", passed"));
    field(out, "cleared-up-to", KeyVersions.cleared(head));
    out.bulk("versions");
    List<String> lines = new ArrayList<>();
    for (KeyVersions.Version version : KeyVersions.string(head)) {
      lines.add(line(version));
    }
    if (KeyVersions.counts(head)) {
      lines.add("increments stand above the base that shows");
    }
    for (KeyVersions.Kind kind : KeyVersions.kinds(head)) {
      lines.add(kind.type().redisName() + ": " + kind.live() + " rows stand, " + kind.dead() + " removals are kept, the newest write at "
          + time(kind.newestStamp()));
    }
    out.array(lines.size());
    lines.forEach(out::bulk);
  }

  private static String line(KeyVersions.Version version) {
    Sibling written = version.written();
    return version.type().redisName() + ": " + (version.value() == null ? "removed" : quoted(version.value())) + " by " + dot(written)
        + " at " + time(written.stamp()) + (version.shows() ? ", shown" : ", kept beside it");
  }

  // ---------------------------------------------------------------- HENGE.SIBLINGS

  private void siblings(CommandContext context) {
    int count = SIBLINGS_DEFAULT;
    if (context.argCount() > 2) {
      if (context.argCount() != 4 || !context.request().is(2, "COUNT")) {
        throw new CommandException(RedisErrors.SYNTAX);
      }
      count = (int) Math.max(0, Math.min(SIBLINGS_MAX, context.argLong(3)));
    }
    Head head = context.peek(1);
    KeyVersions.Found found = KeyVersions.lost(context.keyspace(), head, count);
    RespEncoder out = context.out();
    out.map(3);
    field(out, "type", head.type().redisName());
    out.bulk("siblings");
    out.array(found.versions().size());
    found.versions().forEach(version -> sibling(out, version));
    field(out, "complete", found.complete() ? 1 : 0);
  }

  private static void sibling(RespEncoder out, KeyVersions.Version version) {
    out.map(6);
    field(out, "type", version.type().redisName());
    out.bulk("member");
    bulkOrNull(out, version.member());
    out.bulk("value");
    bulkOrNull(out, version.value());
    field(out, "removal", version.written().tombstone() ? 1 : 0);
    field(out, "dot", dot(version.written()));
    field(out, "time", time(version.written().stamp()));
  }

  private static void bulkOrNull(RespEncoder out, byte[] value) {
    if (value == null) {
      out.nullBulk();
    } else {
      out.bulk(value);
    }
  }

  // ---------------------------------------------------------------- HENGE.VNODE

  /** Told by the vnode's acting primary, or by the node that was asked where nobody serves it. */
  private final class VnodeCommand implements RingCommands.Part {

    @Override
    public void start(Request request, int db, int protocol, ReplyTo replyTo) {
      int vnode;
      try {
        vnode = vnode(request);
      } catch (CommandException e) {
        replyTo.reply(ManyVnodes.write(new Reply.Error(e.reply()), protocol));
        return;
      }
      String primary = frontend.shard().candidate(vnode);
      if (primary == null) {
        replyTo.reply(here(vnode, protocol));
        return;
      }
      BitSet one = new BitSet();
      one.set(vnode);
      byte[] command = WrittenCommand.write(db, protocol, request);
      frontend.coordinator().submitAll(primary, one, new Call(command, true, frontend.deadlineNanos()) {
        @Override
        protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
          replyTo.reply(outcome == Outcome.DONE && !missed.get(vnode) ? reply : here(vnode, protocol));
        }
      });
    }

    private int vnode(Request request) {
      int vnodes = frontend.shard().placement().vnodes();
      if (!request.isLong(1) || request.asLong(1) < 0 || request.asLong(1) >= vnodes) {
        throw new CommandException("ERR vnodes are numbered from 0 to " + (vnodes - 1));
      }
      return (int) request.asLong(1);
    }

    private byte[] here(int vnode, int protocol) {
      RespEncoder out = new RespEncoder().version(protocol);
      tell(vnode, out);
      return out.toByteArray();
    }

    @Override
    public void runHere(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds) {
      if (vnodes.isEmpty()) {
        out.nullBulk();
      } else {
        tell(vnodes.nextSetBit(0), out);
      }
    }
  }

  private void tell(int vnode, RespEncoder out) {
    Shard shard = frontend.shard();
    Replicas.Standing standing = shard.own().standing(vnode);
    var details = shard.own().details(vnode);
    int slots = HashSlot.COUNT / shard.placement().vnodes();
    out.map(standing == null ? 4 : 10 + details.size());
    field(out, "vnode", vnode);
    field(out, "slots", vnode * slots + "-" + ((vnode + 1) * slots - 1));
    field(out, "told-by", shard.config().self());
    if (standing == null) {
      out.bulk("owners");
      owners(out, vnode);
      return;
    }
    field(out, "mode", standing.mode());
    field(out, "ready", standing.ready() ? 1 : 0);
    field(out, "damaged", standing.damaged() ? 1 : 0);
    field(out, "lease-granted-to", nameOrNobody(standing.leaseHolder()));
    field(out, "writes-waiting", standing.waiting());
    field(out, "clock", standing.clock());
    out.bulk("owners");
    out.array(standing.owners().size());
    for (Replicas.OwnerStanding owner : standing.owners()) {
      out.map(6);
      field(out, "node", owner.node());
      field(out, "reachable", owner.reachable() ? 1 : 0);
      field(out, "ready", owner.ready() ? 1 : 0);
      field(out, "clock", owner.clock() == null ? "not heard" : owner.clock());
      field(out, "lacks", owner.lacks());
      field(out, "ahead", owner.ahead());
    }
    details.forEach((name, value) -> field(out, name, value));
  }
}
