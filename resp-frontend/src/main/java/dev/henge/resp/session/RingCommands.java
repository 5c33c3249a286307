package dev.henge.resp.session;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.GlobPattern;
import dev.henge.resp.command.KeyspaceWalk;

import dev.henge.resp.command.RedisErrors;
import dev.henge.resp.session.RingCommand.ReplyTo;
import dev.henge.ring.coordinator.Call;
import dev.henge.ring.replica.Hold;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.Shard;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.ValueType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/**
 * The commands that speak of the whole ring: each acting primary answers for its vnodes, and the answers are put
 * together.
 */
public final class RingCommands {

  /** SCAN asks so many nodes at most before it answers, be it with nothing: the ring is walked in bounded steps. */
  private static final int SCAN_HOPS_MAX = 128;

  private static final int SCAN_COUNT_DEFAULT = 10;

  private final Frontend frontend;
  private final int vnodes;
  private final int slotsPerVnode;
  private final RandomGenerator random;

  public RingCommands(Frontend frontend, int vnodes, int slotsPerVnode, RandomGenerator random) {
    this.frontend = frontend;
    this.vnodes = vnodes;
    this.slotsPerVnode = slotsPerVnode;
    this.random = random;
  }

  /** A ring-wide command, and what one node does for the vnodes that it serves. */
  public interface Part extends RingCommand {
    void runHere(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds);
  }

  /** What a node does for its vnodes. */
  private interface Here {
    void run(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds);
  }

  public void register(BiConsumer<String, RingCommand> bind) {
    bind.accept("DBSIZE", everywhere((request, replies) -> new Reply.Int(sum(replies)), RingCommands::dbsize));
    bind.accept("KEYS", everywhere((request, replies) -> new Reply.Array(concat(replies)), this::keys));
    bind.accept("FLUSHDB", flush(false));
    bind.accept("FLUSHALL", flush(true));
    bind.accept("SCAN", part(this::scan, this::scanHere));
    bind.accept("RANDOMKEY", part(this::randomKey, this::randomKeyHere));
  }

  private static Part part(RingCommand start, Here here) {
    return new Part() {
      @Override
      public void start(Request request, int db, int protocol, ReplyTo replyTo) {
        start.start(request, db, protocol, replyTo);
      }

      @Override
      public void runHere(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds) {
        here.run(shard, vnodes, request, db, out, holds);
      }
    };
  }

  private Part everywhere(BiFunction<Request, List<Reply>, Reply> together, Here here) {
    return part((request, db, protocol, replyTo) -> {
      BitSet all = new BitSet();
      all.set(0, vnodes);
      new Gather(request, db, protocol, replyTo, together).go(all);
    }, here);
  }

  // ---------------------------------------------------------------- gathering

  /** Asks every vnode's acting primary, those that moved meanwhile again, until all have answered. */
  private final class Gather {
    private final Request request;
    private final int db;
    private final int protocol;
    private final ReplyTo replyTo;
    private final BiFunction<Request, List<Reply>, Reply> together;
    private final List<Reply> replies = new ArrayList<>();
    private final long deadlineNanos = frontend.deadlineNanos();
    private final BitSet left = new BitSet();
    private Reply.Error failure;
    private int outstanding;

    Gather(Request request, int db, int protocol, ReplyTo replyTo, BiFunction<Request, List<Reply>, Reply> together) {
      this.request = request;
      this.db = db;
      this.protocol = protocol;
      this.replyTo = replyTo;
      this.together = together;
    }

    void go(BitSet wanted) {
      Map<String, BitSet> byNode = new HashMap<>();
      left.clear();
      for (int v = wanted.nextSetBit(0); v >= 0; v = wanted.nextSetBit(v + 1)) {
        String node = frontend.shard().candidate(v);
        if (node == null) {
          left.set(v);
        } else {
          byNode.computeIfAbsent(node, n -> new BitSet()).set(v);
        }
      }
      outstanding = byNode.size() + 1;
      byte[] command = WrittenCommand.write(db, protocol, request);
      boolean readOnly = frontend.readOnly(command);
      byNode.forEach((node, theirs) ->
          frontend.coordinator().submitAll(node, theirs, new Call(command, readOnly, deadlineNanos) {
            @Override
            protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
              answered(outcome, reply, missed, theirs, readOnly);
            }
          }));
      oneLess();
    }

    private void answered(Outcome outcome, byte[] reply, BitSet missed, BitSet asked, boolean readOnly) {
      if (outcome == Outcome.DONE) {
        if (!missed.equals(asked)) {
          replies.add(ManyVnodes.read(reply));
        }
        left.or(missed);
      } else if (outcome == Outcome.NOT_SERVING || readOnly && outcome == Outcome.IN_DOUBT) {
        left.or(asked);
      } else {
        failure = new Reply.Error(Outcomes.text(outcome, reply));
      }
      oneLess();
    }

    private void oneLess() {
      if (--outstanding > 0) {
        return;
      }
      Reply error = firstError();
      if (error != null) {
        replyTo.reply(ManyVnodes.write(error, protocol));
      } else if (left.isEmpty()) {
        replyTo.reply(ManyVnodes.write(together.apply(request, replies), protocol));
      } else {
        BitSet again = (BitSet) left.clone();
        frontend.later(() -> go(again));
      }
    }

    private Reply firstError() {
      if (failure != null) {
        return failure;
      }
      for (Reply reply : replies) {
        if (reply instanceof Reply.Error) {
          return reply;
        }
      }
      return !left.isEmpty() && frontend.shard().nowNanos() - deadlineNanos >= 0
          ? new Reply.Error(Outcomes.text(Outcome.NOT_SERVING)) : null;
    }
  }

  private static long sum(List<Reply> replies) {
    long sum = 0;
    for (Reply reply : replies) {
      sum += ((Reply.Int) reply).value();
    }
    return sum;
  }

  private static List<Reply> concat(List<Reply> replies) {
    List<Reply> all = new ArrayList<>();
    for (Reply reply : replies) {
      all.addAll(((Reply.Array) reply).elements());
    }
    return all;
  }

  // ---------------------------------------------------------------- DBSIZE, KEYS, FLUSHDB, FLUSHALL

  private static void dbsize(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds) {
    long keys = 0;
    for (int v = vnodes.nextSetBit(0); v >= 0; v = vnodes.nextSetBit(v + 1)) {
      keys += shard.keyspace().keyCount(v, db);
      holds.add(shard.own().waiting(v));
    }
    out.integer(keys);
  }

  private void keys(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds) {
    GlobPattern pattern = new GlobPattern(request.copy(1), false);
    List<byte[]> found = new ArrayList<>();
    for (int v = vnodes.nextSetBit(0); v >= 0; v = vnodes.nextSetBit(v + 1)) {
      int first = v * slotsPerVnode;
      holds.add(shard.execute(v,
          rows -> KeyspaceWalk.keys(rows, db, first, first + slotsPerVnode - 1, pattern, found)));
    }
    array(out, found);
  }

  private static void array(RespEncoder out, List<byte[]> values) {
    out.array(values.size());
    for (byte[] value : values) {
      out.bulk(value);
    }
  }

  private Part flush(boolean all) {
    Part flush = everywhere((request, replies) -> new Reply.Simple("OK"),
        (shard, vnodes, request, db, out, holds) -> {
          for (int v = vnodes.nextSetBit(0); v >= 0; v = vnodes.nextSetBit(v + 1)) {
            holds.add(shard.flush(v, all ? Keyspace.ALL_DBS : db));
          }
          out.ok();
        });
    return part((request, db, protocol, replyTo) -> {
      if (request.argCount() > 2 || request.argCount() == 2 && !request.is(1, "SYNC") && !request.is(1, "ASYNC")) {
        replyTo.reply(ManyVnodes.write(new Reply.Error(RedisErrors.SYNTAX), protocol));
      } else {
        flush.start(request, db, protocol, replyTo);
      }
    }, flush::runHere);
  }

  // ---------------------------------------------------------------- SCAN

  /** A SCAN's arguments, checked. */
  private record ScanArgs(long place, int count, byte[] pattern, ValueType type, boolean noSuchType) {

    static ScanArgs of(Request request) {
      long cursor;
      try {
        cursor = Long.parseUnsignedLong(request.string(1));
      } catch (NumberFormatException e) {
        throw new CommandException(RedisErrors.INVALID_CURSOR);
      }
      int count = SCAN_COUNT_DEFAULT;
      byte[] pattern = null;
      ValueType type = null;
      boolean noSuchType = false;
      for (int i = 2; i < request.argCount(); i += 2) {
        if (i + 1 >= request.argCount()) {
          throw new CommandException(RedisErrors.SYNTAX);
        }
        if (request.is(i, "COUNT")) {
          if (!request.isLong(i + 1)) {
            throw new CommandException(RedisErrors.NOT_AN_INTEGER);
          }
          long asked = request.asLong(i + 1);
          if (asked < 1) {
            throw new CommandException(RedisErrors.SYNTAX);
          }
          count = (int) Math.min(asked, 1_000_000);
        } else if (request.is(i, "MATCH")) {
          pattern = request.copy(i + 1);
        } else if (request.is(i, "TYPE")) {
          type = type(request.string(i + 1));
          noSuchType = type == null;
        } else {
          throw new CommandException(RedisErrors.SYNTAX);
        }
      }
      return new ScanArgs(cursor, count, pattern, type, noSuchType);
    }

    private static ValueType type(String name) {
      for (ValueType t : ValueType.values()) {
        if (t != ValueType.NONE && t.redisName().equals(name.toLowerCase(Locale.ROOT))) {
          return t;
        }
      }
      return null;
    }
  }

  private void scan(Request request, int db, int protocol, ReplyTo replyTo) {
    ScanArgs args;
    try {
      args = ScanArgs.of(request);
    } catch (CommandException e) {
      replyTo.reply(ManyVnodes.write(new Reply.Error(e.reply()), protocol));
      return;
    }
    new Scan(request, args, db, protocol, replyTo).hop();
  }

  /** Walks the ring from place to place until it has enough, one acting primary after the other. */
  private final class Scan {
    private final Request request;
    private final ScanArgs args;
    private final int db;
    private final int protocol;
    private final ReplyTo replyTo;
    private final List<Reply> found = new ArrayList<>();
    private final long deadlineNanos = frontend.deadlineNanos();
    private long place;
    private int hops;

    Scan(Request request, ScanArgs args, int db, int protocol, ReplyTo replyTo) {
      this.request = request;
      this.args = args;
      this.db = db;
      this.protocol = protocol;
      this.replyTo = replyTo;
      this.place = args.place();
    }

    void hop() {
      int first = (int) Math.min((place >>> 32) / slotsPerVnode, Integer.MAX_VALUE);
      if (place < 0 || first >= vnodes) {
        end(0);
        return;
      }
      String node = frontend.shard().candidate(first);
      if (node == null) {
        again();
        return;
      }
      BitSet run = new BitSet();
      for (int v = first; v < vnodes && node.equals(frontend.shard().candidate(v)); v++) {
        run.set(v);
      }
      byte[][] words = new byte[request.argCount()][];
      for (int i = 0; i < words.length; i++) {
        words[i] = i == 1 ? Frontend.ascii(Long.toString(place)) : request.copy(i);
      }
      byte[] command = WrittenCommand.write(db, protocol, Request.of(words));
      frontend.coordinator().submitAll(node, run, new Call(command, true, deadlineNanos) {
        @Override
        protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
          if (outcome == Outcome.DONE && !missed.get(first)) {
            took(ManyVnodes.read(reply));
          } else {
            again();
          }
        }
      });
    }

    private void took(Reply reply) {
      if (!(reply instanceof Reply.Array page)) {
        replyTo.reply(ManyVnodes.write(reply, protocol));
        return;
      }
      place = ((Reply.Int) page.elements().get(0)).value();
      found.addAll(((Reply.Array) page.elements().get(1)).elements());
      if (found.size() >= args.count() || ++hops >= SCAN_HOPS_MAX || (place >>> 32) / slotsPerVnode >= vnodes) {
        end(place);
      } else {
        hop();
      }
    }

    private void again() {
      if (frontend.shard().nowNanos() - deadlineNanos >= 0) {
        replyTo.reply(Outcomes.error(Outcome.NOT_SERVING));
      } else {
        frontend.later(this::hop);
      }
    }

    private void end(long next) {
      long cursor = (next >>> 32) / slotsPerVnode >= vnodes ? 0 : next;
      replyTo.reply(ManyVnodes.write(new Reply.Array(List.of(
          new Reply.Bulk(Frontend.ascii(Long.toString(cursor))), new Reply.Array(found))), protocol));
    }
  }

  /** A page from the vnodes that follow each other without a gap: where to go on, and the keys. */
  private void scanHere(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds) {
    ScanArgs args = ScanArgs.of(request);
    GlobPattern pattern = args.pattern() == null ? null : new GlobPattern(args.pattern(), false);
    List<byte[]> found = new ArrayList<>();
    int vnode = (int) ((args.place() >>> 32) / slotsPerVnode);
    long[] next = {args.place()};
    while (vnodes.get(vnode) && found.size() < args.count()) {
      int lastSlot = (vnode + 1) * slotsPerVnode - 1;
      holds.add(shard.execute(vnode, rows -> next[0] = KeyspaceWalk.scanPage(rows, db, next[0], lastSlot,
          args.count() - found.size(), pattern, args.type(), found)));
      if (next[0] < 0) {
        next[0] = (long) ++vnode * slotsPerVnode << 32;
      }
    }
    out.array(2);
    out.integer(next[0]);
    array(out, args.noSuchType() ? List.of() : found);
  }

  // ---------------------------------------------------------------- RANDOMKEY

  private void randomKey(Request request, int db, int protocol, ReplyTo replyTo) {
    BitSet all = new BitSet();
    all.set(0, vnodes);
    new Gather(request, db, protocol, replyTo, (asked, replies) -> {
      long total = 0;
      for (Reply reply : replies) {
        total += ((Reply.Int) ((Reply.Array) reply).elements().get(0)).value();
      }
      long chosen = total == 0 ? 0 : random.nextLong(total);
      for (Reply reply : replies) {
        List<Reply> pair = ((Reply.Array) reply).elements();
        chosen -= ((Reply.Int) pair.get(0)).value();
        if (chosen < 0) {
          return pair.get(1);
        }
      }
      return new Reply.Null(false);
    }).go(all);
  }

  /** How many keys these vnodes have, and one of them by chance. */
  private void randomKeyHere(Shard shard, BitSet vnodes, Request request, int db, RespEncoder out, List<Hold> holds) {
    long total = 0;
    for (int v = vnodes.nextSetBit(0); v >= 0; v = vnodes.nextSetBit(v + 1)) {
      total += shard.keyspace().keyCount(v, db);
    }
    byte[][] key = new byte[1][];
    long chosen = total == 0 ? 0 : random.nextLong(total);
    for (int v = vnodes.nextSetBit(0); v >= 0 && key[0] == null && total > 0; v = vnodes.nextSetBit(v + 1)) {
      chosen -= shard.keyspace().keyCount(v, db);
      if (chosen < 0) {
        int vnode = v;
        holds.add(shard.execute(v, rows -> key[0] = KeyspaceWalk.randomKey(rows, db, vnode * slotsPerVnode,
            (vnode + 1) * slotsPerVnode - 1, rows.keyCount(vnode, db), random)));
      }
    }
    out.array(2);
    out.integer(key[0] == null ? 0 : total);
    if (key[0] == null) {
      out.nullBulk();
    } else {
      out.bulk(key[0]);
    }
  }
}
