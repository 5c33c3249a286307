package dev.henge.resp.session;

import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.WordsAhead;
import dev.henge.resp.command.CommandSpec;
import dev.henge.resp.command.KeyCommand;
import dev.henge.resp.command.KeyPositions;
import dev.henge.ring.replica.Hold;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.Shard;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * MGET, MSET, DEL and their like on keys of several vnodes all of which this node serves now: executed at once, part
 * by part, on the bytes that came. One a loop.
 *
 * <p>What {@link ManyVnodes} does by writing a command down for each vnode, without the writing down. No other
 * command comes between the parts; each vnode's part of a write is one bundle; the reply leaves once every part's hold
 * has settled. Where a part meets damaged rows that another owner has, a read begins anew as any command on several
 * vnodes, and a write goes on as one with the parts that are left.
 */
final class PartsHere {

  /** How the parts' replies make the whole's. */
  private enum Whole {
    OK,
    SUM,
    VALUES
  }

  private static final int ARRAY_OF_ONE_BYTES = 4;
  private static final int KEYS_RETAINED_MAX = 4096;

  private final Frontend frontend;
  private final Shard shard;
  private final Request part = new Request();
  private final List<Hold> holds = new ArrayList<>();
  private final WordsAhead ahead = new WordsAhead();

  /** Of each key its vnode and, below that, the number of its argument: sorted, they make the parts. */
  private long[] keys = new long[16];

  private int count;

  // of the command that is being executed
  private Connection connection;
  private Request request;
  private CommandSpec<Object> spec;
  private KeyCommand command;
  private RespEncoder out;
  private Whole whole;
  private int mark;
  private long sum;
  private byte[] error;
  private int left;

  PartsHere(Frontend frontend, Shard shard) {
    this.frontend = frontend;
    this.shard = shard;
  }

  /**
   * Whether the request is of those commands, and all its vnodes are served here now. Then {@link #execute} is next.
   */
  boolean takes(Request of, CommandSpec<Object> named, KeyPositions positions) {
    whole = switch (named.name()) {
      case "mset" -> of.argCount() % 2 == 1 ? Whole.OK : null;
      case "mget" -> Whole.VALUES;
      case "del", "unlink", "exists", "touch" -> Whole.SUM;
      default -> null;
    };
    if (whole == null) {
      return false;
    }
    count = positions.count();
    if (keys.length < count || keys.length > KEYS_RETAINED_MAX) {
      keys = new long[Math.max(16, count)];
    }
    for (int i = 0; i < count; i++) {
      int vnode = frontend.vnodeOf(of, positions.position(i));
      if (!frontend.coordinator().servesNow(vnode)) {
        return false;
      }
      keys[i] = (long) vnode << Integer.SIZE | positions.position(i);
    }
    return true;
  }

  /** Executes what was taken. */
  Frontend.Next execute(Connection from, Request of, CommandSpec<Object> named, KeyCommand by) {
    connection = from;
    request = of;
    spec = named;
    command = by;
    boolean direct = !from.waiting();
    out = direct ? from.out() : frontend.side(from.client().protocol);
    mark = out.mark();
    sum = 0;
    error = null;
    if (named.write()) {
      Arrays.sort(keys, 0, count);
    }
    warm(from.client().db);
    try {
      return executeParts(direct);
    } finally {
      holds.clear();
      connection = null;
      request = null;
      part.begin(Frontend.NO_BYTES);
    }
  }

  /** Has the store bring what these keys lead to near the processor, together. */
  private void warm(int db) {
    ahead.begin(request.buffer());
    for (int i = 0; i < count && !ahead.full(); i++) {
      ahead.add(request.offset((int) keys[i]), request.length((int) keys[i]));
    }
    shard.keyspace().ahead().warm(
        db, ahead.buffer(), ahead.offsets(), ahead.lengths(), WordsAhead.WORDS, ahead.count());
  }

  private Frontend.Next executeParts(boolean direct) {
    if (whole == Whole.VALUES) {
      out.array(count);
    }
    int from = 0;
    while (from < count) {
      int vnode = (int) (keys[from] >>> Integer.SIZE);
      int to = from + 1;
      while (spec.write() && to < count && (int) (keys[to] >>> Integer.SIZE) == vnode) {
        to++;
      }
      if (!executePart(vnode, from, to)) {
        left = from;
        return elsewhere();
      }
      from = to;
    }
    end();
    if (holds.isEmpty()) {
      if (direct) {
        connection.wrote();
      } else {
        connection.slot(null).fill(out.toByteArray());
      }
    } else {
      Settling settling = new Settling(connection.slot(null), holds.size());
      settling.reply = Arrays.copyOfRange(out.array(), mark, out.length());
      out.truncate(mark);
      settling.await(holds);
    }
    return Frontend.Next.GO_ON;
  }

  /** Returns false if another owner has to execute the part, and nothing of it was executed here. */
  private boolean executePart(int vnode, int from, int to) {
    int step = whole == Whole.OK ? 2 : 1;
    part.begin(request.buffer());
    part.add(request.offset(0), request.length(0));
    for (int i = from; i < to; i++) {
      int arg = (int) keys[i];
      for (int k = arg; k < arg + step; k++) {
        part.add(request.offset(k), request.length(k));
      }
    }
    int at = out.mark();
    VersionVector before = shard.clock(vnode);
    try {
      Hold hold = frontend.execute(vnode, command, part, connection.client().db, out);
      if (hold != null) {
        holds.add(hold);
      }
    } catch (DamagedRowsException e) {
      out.truncate(at);
      if (!e.changed() && !shard.serves(vnode)) {
        return false;
      }
      byte[] damaged = frontend.damaged(e);
      out.raw(damaged, 0, damaged.length);
    }
    if (shard.clock(vnode) != before) {
      connection.client().session.wroteHere(vnode);
    }
    took(at);
    return true;
  }

  /** A part's reply is there. */
  private void took(int at) {
    byte[] bytes = out.array();
    if (bytes[at] == '-') {
      error = error == null ? Arrays.copyOfRange(bytes, at, out.length()) : error;
      out.truncate(at);
    } else if (whole == Whole.VALUES) {
      out.remove(at, ARRAY_OF_ONE_BYTES);
    } else {
      sum += whole == Whole.SUM ? RedisNumbers.parseLong(bytes, at + 1, out.length() - at - 3) : 0;
      out.truncate(at);
    }
  }

  /** Writes the whole's reply, as far as it is not there yet. */
  private void end() {
    if (error != null) {
      out.truncate(mark);
      out.raw(error, 0, error.length);
    } else if (whole == Whole.SUM) {
      out.integer(sum);
    } else if (whole == Whole.OK) {
      out.ok();
    }
  }

  // ---------------------------------------------------------------- damage

  /** The parts from {@link #left} on are executed wherever they can be; those of a read all. */
  private Frontend.Next elsewhere() {
    ClientState client = connection.client();
    out.truncate(mark);
    Request rest = request.detached();
    if (spec.write()) {
      byte[][] words = new byte[1 + (count - left) * (whole == Whole.OK ? 2 : 1)][];
      words[0] = request.copy(0);
      int n = 1;
      for (int i = left; i < count; i++) {
        int arg = (int) keys[i];
        words[n++] = request.copy(arg);
        if (whole == Whole.OK) {
          words[n++] = request.copy(arg + 1);
        }
      }
      rest = Request.of(words);
    } else {
      holds.clear();
      sum = 0;
      error = null;
    }
    Slot slot = connection.slot(null);
    Settling settling = new Settling(slot, holds.size() + 1);
    byte[] failed = error;
    long before = sum;
    boolean adds = whole == Whole.SUM;
    List<Hold> toAwait = List.copyOf(holds);
    int protocol = client.protocol;
    frontend.many(client, spec, false).start(rest, command, client.db, protocol, reply -> {
      Reply read = ManyVnodes.read(reply);
      settling.reply = failed != null && !(read instanceof Reply.Error) ? failed
          : adds && read instanceof Reply.Int n ? ManyVnodes.write(new Reply.Int(before + n.value()), protocol) : reply;
      settling.ended(Outcome.DONE);
    });
    settling.await(toAwait);
    return slot.filled() ? Frontend.Next.GO_ON : Frontend.Next.ALONE;
  }

  /** A reply that leaves once all parts have settled. */
  private static final class Settling {
    private final Slot slot;
    private byte[] reply;
    private int parts;
    private Outcome worst = Outcome.DONE;

    Settling(Slot slot, int parts) {
      this.slot = slot;
      this.parts = parts;
    }

    void await(List<Hold> all) {
      for (int i = 0, n = all.size(); i < n; i++) {
        all.get(i).await(new Part(this));
      }
    }

    void ended(Outcome outcome) {
      worst = outcome == Outcome.DONE ? worst : outcome;
      if (--parts == 0) {
        slot.fill(worst == Outcome.DONE ? reply : Outcomes.error(worst));
      }
    }
  }

  /** One of the holds that a reply waits for. */
  private static final class Part extends Hold.Waiter {
    private final Settling whole;

    Part(Settling whole) {
      this.whole = whole;
    }

    @Override
    protected void released(Outcome outcome) {
      whole.ended(outcome);
    }
  }
}
