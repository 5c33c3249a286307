package dev.henge.resp.session;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.RespReader;
import dev.henge.resp.command.CommandContext;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandSpec;
import dev.henge.resp.command.KeyCommand;
import dev.henge.resp.command.KeyPositions;
import dev.henge.resp.session.RingCommand.ReplyTo;
import dev.henge.ring.coordinator.Call;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.type.Keyspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Commands whose keys lie in several vnodes.
 *
 * <p>MGET, MSET, DEL and their like are split by vnode, and the parts' replies put together; {@link ListMoves} has
 * the lists' commands. Any other command runs, unchanged, on a scratch keyspace: the content of its keys is fetched
 * from their acting primaries, the command executed there, and what it changed is written back. Each vnode's part is
 * atomic; the whole is not isolated: what another client writes to a key between fetching and writing back is
 * overwritten, and a failure between the parts leaves some of them done.
 */
final class ManyVnodes {

  private final Frontend frontend;
  private final RandomGenerator random;
  private final ClientSession session;
  private final CommandSpec<Object> spec;
  private final boolean unique;

  /**
   * One command.
   *
   * @param unique whether its parts are to be executed in exclusive mode only
   */
  ManyVnodes(Frontend frontend, RandomGenerator random, ClientSession session, CommandSpec<Object> spec, boolean unique) {
    this.frontend = frontend;
    this.random = random;
    this.session = session;
    this.spec = spec;
    this.unique = unique;
  }

  void start(Request request, KeyCommand command, int db, int protocol, ReplyTo replyTo) {
    if (spec.denyOom() && frontend.limit().isSet()) {
      whenRoom(request, db, protocol, replyTo, () -> go(request, command, db, protocol, replyTo));
    } else {
      go(request, command, db, protocol, replyTo);
    }
  }

  private void go(Request request, KeyCommand command, int db, int protocol, ReplyTo replyTo) {
    switch (spec.name()) {
      case "del", "unlink", "exists", "touch" -> sum(request, db, protocol, replyTo);
      case "mget" -> mget(request, db, protocol, replyTo);
      case "mset" -> mset(request, db, protocol, replyTo);
      case "smove" -> smove(request, db, protocol, replyTo);
      case "lmove", "rpoplpush" -> lists(db, protocol, replyTo).move(request);
      case "lmpop" -> lists(db, protocol, replyTo).popFirst(request, keys(request, spec), protocol);
      default -> new Scratch(request, command, db, protocol, replyTo).fetch();
    }
  }

  private ListMoves lists(int db, int protocol, ReplyTo replyTo) {
    return new ListMoves(this, db, reply -> replyTo.reply(write(reply, protocol)));
  }

  private static List<byte[]> keys(Request request, CommandSpec<Object> spec) {
    KeyPositions positions = new KeyPositions();
    List<byte[]> keys = new ArrayList<>();
    int count = spec.keys(request, positions);
    for (int i = 0; i < count; i++) {
      keys.add(request.copy(positions.position(i)));
    }
    return keys;
  }

  // ---------------------------------------------------------------- parts

  /**
   * Goes on once no node that will write for the command is at its limit; so none of its parts is refused when others
   * are
   * done. A part that comes to a node which has filled up meanwhile is let in.
   */
  private void whenRoom(
      Request request, int db, int protocol, ReplyTo replyTo, Runnable then) {
    KeyPositions positions = new KeyPositions();
    int keys = spec.keys(request, positions);
    Map<String, byte[]> oneOfEach = new LinkedHashMap<>();
    for (int i = 0; i < keys; i++) {
      if (positions.writes(i)) {
        byte[] key = request.copy(positions.position(i));
        String node = frontend.shard().candidate(frontend.vnode(key, 0, key.length));
        oneOfEach.putIfAbsent(String.valueOf(node), key);
      }
    }
    if (oneOfEach.isEmpty()) {
      then.run();
      return;
    }
    Join join = new Join(oneOfEach.size(), replies -> then.run(), error -> replyTo.reply(write(error, protocol)));
    int part = 0;
    for (byte[] key : oneOfEach.values()) {
      int number = part++;
      send(frontend.vnode(key, 0, key.length), WrittenCommand.write(db, 2, command("HENGE.ROOM", key)), true,
          reply -> join.take(number, reply));
    }
  }

  /** Sends a command to a vnode and hands on its reply; what goes wrong comes as an error reply. */
  private void ask(int vnode, Request request, int db, int protocol, boolean readOnly, Consumer<Reply> then) {
    // Only MSET's parts can be refused one by one, and only where nobody has asked for room before: a node
    // without a limit.
    boolean letIn = frontend.limit().isSet() || !request.is(0, "MSET");
    send(vnode, WrittenCommand.write(db, protocol, letIn, unique, request), readOnly, then);
  }

  /** The same to the vnode of a key. */
  void ask(byte[] key, Request request, int db, int protocol, boolean readOnly, Consumer<Reply> then) {
    ask(frontend.vnode(key, 0, key.length), request, db, protocol, readOnly, then);
  }

  /** Parts of a command that writes read what they need at the acting primary, whatever R is. */
  private void send(int vnode, byte[] written, boolean readOnly, Consumer<Reply> then) {
    Terms terms = session.terms(vnode, spec.write(), frontend.server());
    frontend.coordinator().submit(vnode, new Call(written, readOnly, frontend.deadlineNanos(), terms) {
      @Override
      protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
        session.answered(vnode, !readOnly, seen());
        then.accept(outcome == Outcome.DONE ? read(reply) : new Reply.Error(Outcomes.text(outcome, reply)));
      }
    });
  }

  static Reply read(byte[] encoded) {
    try {
      return RespReader.one(encoded, 0, encoded.length);
    } catch (ProtocolException e) {
      return new Reply.Error("ERR a node sent a reply that is none");
    }
  }

  static byte[] write(Reply reply, int protocol) {
    RespEncoder out = new RespEncoder().version(protocol);
    out.reply(reply);
    return out.toByteArray();
  }

  /** Waits for a number of replies; an error among them is the whole's reply, one of doubt before others. */
  private static final class Join {
    private final Reply[] replies;
    private final Consumer<Reply[]> then;
    private final Consumer<Reply> failed;
    private int left;

    Join(int parts, Consumer<Reply[]> then, Consumer<Reply> failed) {
      replies = new Reply[parts];
      left = parts;
      this.then = then;
      this.failed = failed;
    }

    void take(int part, Reply reply) {
      replies[part] = reply;
      if (--left > 0) {
        return;
      }
      Reply.Error worst = null;
      for (Reply r : replies) {
        if (r instanceof Reply.Error e && (worst == null || !Outcomes.inDoubt(worst.text()) && Outcomes.inDoubt(e.text()))) {
          worst = e;
        }
      }
      if (worst != null) {
        failed.accept(worst);
      } else {
        then.accept(replies);
      }
    }
  }

  /** The arguments from {@code first} on in steps, by vnode. */
  private Map<Integer, List<Integer>> byVnode(Request request, int first, int step) {
    Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = first; i < request.argCount(); i += step) {
      groups.computeIfAbsent(frontend.vnodeOf(request, i), v -> new ArrayList<>()).add(i);
    }
    return groups;
  }

  private static Request part(Request request, List<Integer> args, int step) {
    byte[][] words = new byte[1 + args.size() * step][];
    words[0] = request.copy(0);
    int n = 1;
    for (int arg : args) {
      for (int i = 0; i < step; i++) {
        words[n++] = request.copy(arg + i);
      }
    }
    return Request.of(words);
  }

  private void split(Request request, int step, int db, int protocol, boolean readOnly, ReplyTo replyTo,
      java.util.function.BiConsumer<List<List<Integer>>, Reply[]> then) {
    Map<Integer, List<Integer>> groups = byVnode(request, 1, step);
    List<List<Integer>> args = new ArrayList<>(groups.values());
    Join join = new Join(groups.size(), replies -> then.accept(args, replies),
        error -> replyTo.reply(write(error, protocol)));
    int part = 0;
    for (Map.Entry<Integer, List<Integer>> group : groups.entrySet()) {
      int number = part++;
      ask(group.getKey(), part(request, group.getValue(), step), db, protocol, readOnly,
          reply -> join.take(number, reply));
    }
  }

  private void sum(Request request, int db, int protocol, ReplyTo replyTo) {
    boolean readOnly = request.is(0, "EXISTS") || request.is(0, "TOUCH");
    split(request, 1, db, protocol, readOnly, replyTo, (args, replies) -> {
      long sum = 0;
      for (Reply reply : replies) {
        sum += ((Reply.Int) reply).value();
      }
      replyTo.reply(write(new Reply.Int(sum), protocol));
    });
  }

  private void mget(Request request, int db, int protocol, ReplyTo replyTo) {
    split(request, 1, db, protocol, true, replyTo, (args, replies) -> {
      Reply[] values = new Reply[request.argCount() - 1];
      for (int part = 0; part < replies.length; part++) {
        List<Reply> found = ((Reply.Array) replies[part]).elements();
        for (int i = 0; i < found.size(); i++) {
          values[args.get(part).get(i) - 1] = found.get(i);
        }
      }
      replyTo.reply(write(new Reply.Array(List.of(values)), protocol));
    });
  }

  private void mset(Request request, int db, int protocol, ReplyTo replyTo) {
    if (request.argCount() % 2 == 0) {
      replyTo.reply(write(new Reply.Error("ERR wrong number of arguments for 'mset' command"), protocol));
      return;
    }
    split(request, 2, db, protocol, false, replyTo,
        (args, replies) -> replyTo.reply(write(new Reply.Simple("OK"), protocol)));
  }

  /** Moves one member without looking at the rest of either set. */
  private void smove(Request request, int db, int protocol, ReplyTo replyTo) {
    int from = frontend.vnodeOf(request, 1);
    int to = frontend.vnodeOf(request, 2);
    byte[] source = request.copy(1);
    byte[] target = request.copy(2);
    byte[] member = request.copy(3);
    Consumer<Reply> end = reply -> replyTo.reply(write(reply, protocol));
    ask(from, command("SISMEMBER", source, member), db, protocol, true, there -> {
      if (there instanceof Reply.Error) {
        end.accept(there);
        return;
      }
      if (!isOne(there)) {
        nothingToMove(source, target, member, db, protocol, end);
        return;
      }
      ask(to, command("SISMEMBER", target, member), db, protocol, true, typed -> {
        if (typed instanceof Reply.Error) {
          end.accept(typed);
          return;
        }
        ask(from, command("SREM", source, member), db, protocol, false, removed -> {
          if (!isOne(removed)) {
            end.accept(removed);
            return;
          }
          ask(to, command("SADD", target, member), db, protocol, false,
              added -> end.accept(added instanceof Reply.Error e ? takenOut(e) : new Reply.Int(1)));
        });
      });
    });
  }

  /** The member is in neither set, or in the target after all. */
  private static Reply.Error takenOut(Reply.Error added) {
    return new Reply.Error("INDOUBT The member was taken out of the source, and may not be in the destination: " + added.text());
  }

  /** Redis looks at the target's type wherever the source exists, though the member is not in it. */
  private void nothingToMove(
      byte[] source, byte[] target, byte[] member, int db, int protocol, Consumer<Reply> end) {
    int from = frontend.vnode(source, 0, source.length);
    int to = frontend.vnode(target, 0, target.length);
    ask(from, command("EXISTS", source), db, protocol, true, exists -> {
      if (!isOne(exists)) {
        end.accept(exists);
        return;
      }
      ask(to, command("SISMEMBER", target, member), db, protocol, true,
          typed -> end.accept(typed instanceof Reply.Error ? typed : new Reply.Int(0)));
    });
  }

  static boolean isOne(Reply reply) {
    return reply instanceof Reply.Int n && n.value() == 1;
  }

  static Request command(String name, byte[]... args) {
    byte[][] words = new byte[args.length + 1][];
    words[0] = Frontend.ascii(name);
    System.arraycopy(args, 0, words, 1, args.length);
    return Request.of(words);
  }

  // ---------------------------------------------------------------- the scratch keyspace

  /** One command on copies of its keys. */
  private final class Scratch {
    private final Request request;
    private final KeyCommand command;
    private final int db;
    private final int protocol;
    private final ReplyTo replyTo;
    private final List<byte[]> keys = new ArrayList<>();
    private final List<Integer> dbs = new ArrayList<>();
    private final List<Boolean> writes = new ArrayList<>();

    Scratch(Request request, KeyCommand command, int db, int protocol, ReplyTo replyTo) {
      this.request = request;
      this.command = command;
      this.db = db;
      this.protocol = protocol;
      this.replyTo = replyTo;
      KeyPositions positions = new KeyPositions();
      int count = spec.keys(request, positions);
      for (int i = 0; i < count; i++) {
        add(request.copy(positions.position(i)), spec.name().equals("copy") && i == 1 ? copyTarget() : db,
            positions.writes(i));
      }
    }

    private void add(byte[] key, int inDb, boolean written) {
      for (int i = 0; i < keys.size(); i++) {
        if (Arrays.equals(keys.get(i), key) && dbs.get(i) == inDb) {
          writes.set(i, writes.get(i) || written);
          return;
        }
      }
      keys.add(key);
      dbs.add(inDb);
      writes.add(written);
    }

    /** COPY may name another database for its target; what is wrong with it the command itself will say. */
    private int copyTarget() {
      for (int i = 3; i + 1 < request.argCount(); i++) {
        if (request.is(i, "DB") && request.isLong(i + 1)) {
          long target = request.asLong(i + 1);
          return target < 0 || target > 15 ? db : (int) target;
        }
      }
      return db;
    }

    void fetch() {
      Join join = new Join(keys.size(), this::run, this::end);
      for (int i = 0; i < keys.size(); i++) {
        int part = i;
        byte[] key = keys.get(i);
        ask(frontend.vnode(key, 0, key.length), ManyVnodes.command("HENGE.DUMP", key), dbs.get(i), 2, true,
            reply -> join.take(part, reply));
      }
    }

    private void end(Reply reply) {
      replyTo.reply(write(reply, protocol));
    }

    private void run(Reply[] dumps) {
      Keyspace scratch = frontend.scratch();
      CommandContext context = new CommandContext(scratch, random);
      byte[][] before = new byte[dumps.length][];
      for (int i = 0; i < dumps.length; i++) {
        before[i] = ((Reply.Bulk) dumps[i]).bytes();
        onScratch(scratch, context, i + 1, dbs.get(i), ManyVnodes.command("HENGE.RESTORE", keys.get(i), before[i]), 2);
      }
      long seq = dumps.length + 1;
      byte[] reply = onScratch(scratch, context, seq++, db, request, protocol);
      List<Integer> changed = new ArrayList<>();
      List<byte[]> after = new ArrayList<>();
      for (int i = 0; i < dumps.length; i++) {
        if (writes.get(i)) {
          Request dump = ManyVnodes.command("HENGE.DUMP", keys.get(i));
          byte[] now = ((Reply.Bulk) read(onScratch(scratch, context, seq++, dbs.get(i), dump, 2))).bytes();
          if (!Arrays.equals(now, before[i])) {
            changed.add(i);
            after.add(now);
          }
        }
      }
      writeBack(changed, after, reply);
    }

    private void writeBack(List<Integer> changed, List<byte[]> after, byte[] reply) {
      if (changed.isEmpty()) {
        replyTo.reply(reply);
        return;
      }
      Join join = new Join(changed.size(), replies -> replyTo.reply(reply), this::end);
      for (int n = 0; n < changed.size(); n++) {
        int part = n;
        byte[] key = keys.get(changed.get(n));
        ask(frontend.vnode(key, 0, key.length), ManyVnodes.command("HENGE.RESTORE", key, after.get(n)),
            dbs.get(changed.get(n)), 2, false, answer -> join.take(part, answer));
      }
    }

    private byte[] onScratch(
        Keyspace scratch, CommandContext context, long seq, int inDb, Request request, int protocol) {
      RespEncoder out = new RespEncoder().version(protocol);
      KeyCommand toRun = request == this.request ? command : frontend.keyCommand(request);
      scratch.begin(1, seq, () -> seq);
      try {
        toRun.execute(context.aim(request, out, inDb));
      } catch (CommandException e) {
        out.reset();
        out.error(e.reply());
      } finally {
        scratch.finish();
      }
      return out.toByteArray();
    }
  }
}
