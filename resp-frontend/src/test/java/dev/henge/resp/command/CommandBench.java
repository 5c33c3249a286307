package dev.henge.resp.command;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.RespReader;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.type.KeyLocator;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.Keyspace;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * The commands on two replicas without a network: each command runs on the first keyspace, and its bundle is applied
 * to the second, which must derive the same. Time is a number that the test moves.
 */
public final class CommandBench {

  private static final long ACTOR = 0xA1;
  private static final int DBS = 16;

  private final Map<String, KeyCommand> commands = new HashMap<>();
  private final KeyLocator locator =
      (db, buffer, offset, length) ->
          KeyRef.of(db, 7, Arrays.hashCode(Arrays.copyOfRange(buffer, offset, offset + length)), buffer, offset, length);
  private final Random random;
  public final MemoryByteStore primaryStore = new MemoryByteStore();
  public final MemoryByteStore replicaStore = new MemoryByteStore();
  public final Keyspace primary = new Keyspace(primaryStore, locator, 16, 1024, DBS, this::nowMillis);
  public final Keyspace replica = new Keyspace(replicaStore, locator, 16, 1024, DBS, this::nowMillis);
  private long nowMillis = 1_800_000_000_000L;
  private long seq = 1;
  private long stamp = 1;
  private int db;
  private int protocol = 2;

  public CommandBench(long seed) {
    random = new Random(seed);
  }

  public CommandBinder binder() {
    return (name, command) -> commands.put(name.toUpperCase(Locale.ROOT), command);
  }

  public long nowMillis() {
    return nowMillis;
  }

  public void advance(long millis) {
    nowMillis += millis;
  }

  public void select(int db) {
    this.db = db;
  }

  public void protocol(int version) {
    protocol = version;
  }

  public Reply run(String... words) {
    return run(Request.of(words));
  }

  public Reply run(Request request) {
    KeyCommand command = commands.get(request.string(0).toUpperCase(Locale.ROOT));
    if (command == null && request.argCount() > 1) {
      command = commands.get((request.string(0) + " " + request.string(1)).toUpperCase(Locale.ROOT));
    }
    if (command == null) {
      throw new IllegalArgumentException("not bound: " + request.string(0));
    }
    return run(command, request);
  }

  /** Runs what no command does, as a command. */
  public Reply run(KeyCommand command) {
    return run(command, Request.of("TEST"));
  }

  private Reply run(KeyCommand command, Request request) {
    RespEncoder out = new RespEncoder().version(protocol);
    primary.begin(ACTOR, seq, () -> stamp++);
    try {
      command.execute(new CommandContext(primary, random).aim(request, out, db));
    } catch (CommandException e) {
      out.reset();
      out.error(e.reply());
    } finally {
      if (primary.finish()) {
        replica.apply(ACTOR, seq, new ByteReader(primary.body().copy()));
        seq++;
      }
    }
    try {
      return RespReader.one(out);
    } catch (ProtocolException e) {
      throw new AssertionError("a reply that is none: " + request, e);
    }
  }
}
