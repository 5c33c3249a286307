package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespDecoder;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.WordsAhead;
import dev.henge.resp.command.BlindWrites;
import dev.henge.resp.command.CommandContext;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.CommandFlag;
import dev.henge.resp.command.CommandSpec;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.KeyCommand;
import dev.henge.resp.command.KeyPositions;
import dev.henge.resp.command.RedisErrors;
import dev.henge.ring.coordinator.Call;
import dev.henge.ring.coordinator.CommandRunner;
import dev.henge.ring.coordinator.Consistency;
import dev.henge.ring.coordinator.Coordinator;
import dev.henge.ring.placement.HashSlot;
import dev.henge.ring.replica.Hold;
import dev.henge.ring.replica.Outcome;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.Terms;
import dev.henge.ring.repair.ReadRepair;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.type.DamagedRowsException;
import dev.henge.storage.type.KeysAhead;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.version.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a command from a connection to the vnode that executes it. One a loop.
 *
 * <pre>
 * lookup → arity → authentication → about the node: {@link ServerCommand}, at once
 *                                 → about the ring, or the session: {@link RingCommand}, {@link SessionCommand}, alone on its connection
 *                                 → keys of one vnode, served here: {@link KeyCommand}, at once
 *                                 → keys of one vnode, served elsewhere, or more asked for than its server's word: written down and sent there
 *                                 → keys of several vnodes, all served here: {@link PartsHere}, if it is of its commands
 *                                 → keys of several vnodes: {@link ManyVnodes}
 * </pre>
 */
public final class Frontend implements CommandRunner {

  private static final Logger LOG = LoggerFactory.getLogger(Frontend.class);
  static final byte[] NO_BYTES = {};

  private static final String INTERNAL = "ERR internal error, see the node's log";

  private final CommandTable<Object> table;
  private final Shard shard;
  private final Coordinator coordinator;
  private final TurnClock turn;
  private final int slotsPerVnode;
  private final long commandTimeoutNanos;
  private final CommandContext context;
  private final RandomGenerator random;
  private final KeyPositions positions = new KeyPositions();
  private final WordsAhead ahead = new WordsAhead();

  /** Without meaning: what looking ahead returns must go somewhere. */
  private int warmth;


  /** The arguments of a command that was written down, while it is run. */
  private final Request forwarded = new Request();

  private final RespEncoder side = new RespEncoder();
  private final Supplier<Keyspace> scratches;
  private final Keyspace nowhere;
  private final PartsHere parts;
  private final List<Runnable> later = new ArrayList<>();
  private DiskLimit limit = DiskLimit.NONE;
  private String password = "";
  private Consistency server = new Consistency(Terms.AS_CONFIGURED, ReadLevel.PRIMARY);
  private boolean uniqueSafe;
  private boolean formed;
  private long commands;

  private KeyCommand running;
  private RespEncoder runningOut;
  private final Shard.Executable runner = this::runPrepared;

  public Frontend(CommandTable<Object> table, Shard shard, Coordinator coordinator, TurnClock turn, int slotsPerVnode,
      long commandTimeoutMillis, RandomGenerator random, Supplier<Keyspace> scratches) {
    this.table = table;
    this.shard = shard;
    this.coordinator = coordinator;
    this.turn = turn;
    this.slotsPerVnode = slotsPerVnode;
    this.commandTimeoutNanos = commandTimeoutMillis * 1_000_000;
    this.context = new CommandContext(shard.keyspace(), random);
    this.random = random;
    this.scratches = scratches;
    this.nowhere = scratches.get();
    this.parts = new PartsHere(this, shard);
  }

  /** The password that connections must give; empty for none. */
  public void password(String password) {
    this.password = password;
  }

  /** The bound on this node's data. */
  public void limit(DiskLimit limit) {
    this.limit = limit;
  }

  /** R where a connection has not chosen one. W is the shard's. */
  public void reads(ReadLevel level) {
    server = new Consistency(Terms.AS_CONFIGURED, level);
  }

  Consistency server() {
    return server;
  }

  /** Whether commands are refused outside of exclusive mode whose replies must be unique. */
  public void uniqueSafe(boolean uniqueSafe) {
    this.uniqueSafe = uniqueSafe;
  }

  DiskLimit limit() {
    return limit;
  }

  public boolean needsPassword() {
    return !password.isEmpty();
  }

  /** The ring has formed: commands with keys can be routed. */
  public void formed() {
    formed = true;
  }

  public long commands() {
    return commands;
  }

  TurnClock turn() {
    return turn;
  }

  CommandTable<Object> table() {
    return table;
  }

  Shard shard() {
    return shard;
  }

  Coordinator coordinator() {
    return coordinator;
  }

  long deadlineNanos() {
    return shard.nowNanos() + commandTimeoutNanos;
  }

  int vnode(byte[] key, int offset, int length) {
    return HashSlot.of(key, offset, length) / slotsPerVnode;
  }

  /** An empty keyspace for one command. */
  Keyspace scratch() {
    return scratches.get();
  }

  KeyCommand keyCommand(Request request) {
    return (KeyCommand) table.lookup(request).handler();
  }

  /** Does something a few milliseconds from now. */
  void later(Runnable task) {
    later.add(task);
  }

  /** Whether something was put off. */
  public boolean busy() {
    return !later.isEmpty();
  }

  /** Does what was put off; call it every few milliseconds. */
  public void tick() {
    if (!later.isEmpty()) {
      List<Runnable> due = new ArrayList<>(later);
      later.clear();
      due.forEach(Runnable::run);
    }
  }

  // ---------------------------------------------------------------- dispatch

  /**
   * Has the store bring what the next requests' keys lead to near the processor, together: one after the other each
   * would wait for memory. Returns how many requests that were.
   */
  int lookAhead(RespDecoder decoder, int db) {
    int passed = decoder.lookAhead(ahead);
    KeysAhead keys = shard.keyspace().ahead();
    keys.warm(db, ahead.buffer(), ahead.offsets(), ahead.lengths(), WordsAhead.WORDS, ahead.count());
    for (int i = 0; i < keys.keys(); i++) {
      warmth += shard.look(keys.vnode(i));
    }
    return passed;
  }

  /** Whether the connection may go on with its next request. */
  enum Next {
    GO_ON,
    /** The request was not taken: it must wait until all replies before it have left. */
    WAIT,
    /** The request was taken; nothing may follow before its reply. */
    ALONE
  }

  Next dispatch(Connection connection, Request request) {
    CommandSpec<Object> spec = table.lookup(request);
    Object handler = spec == null ? null : spec.handler();
    if (handler == null) {
      // A container of subcommands, alone, lacks an argument; it has no handler of its own.
      boolean lacksSubcommand = spec != null && spec.implemented() && !spec.arityFits(request.argCount());
      return refuse(connection,
          lacksSubcommand ? RedisErrors.wrongArgCount(spec.name()) : table.unknown(request));
    }
    if (!spec.arityFits(request.argCount())) {
      return refuse(connection, RedisErrors.wrongArgCount(spec.name()));
    }
    ClientState client = connection.client();
    if (!password.isEmpty() && !client.authenticated && !spec.has(CommandFlag.NO_AUTH)) {
      return refuse(connection, RedisErrors.NO_AUTH);
    }
    if (handler instanceof KeyCommand command) {
      return keyCommand(connection, request, spec, command);
    }
    if (handler instanceof ServerCommand command) {
      client.command(spec.name());
      commands++;
      serverCommand(connection, request, command);
      return Next.GO_ON;
    }
    if (connection.waiting()) {
      return Next.WAIT;
    }
    if (!formed) {
      return refuse(connection, "CLUSTERDOWN The ring has not formed yet");
    }
    client.command(spec.name());
    commands++;
    Slot slot = connection.slot(null);
    if (handler instanceof SessionCommand command) {
      try {
        command.start(client, request.detached(), slot::fill);
      } catch (CommandException e) {
        slot.fill(ascii("-" + e.reply() + "\r\n"));
      }
    } else {
      ((RingCommand) handler).start(request.detached(), client.db, client.protocol, slot::fill);
    }
    return slot.filled() ? Next.GO_ON : Next.ALONE;
  }

  private static Next refuse(Connection connection, String error) {
    RespEncoder out = connection.begin();
    out.error(error);
    connection.end(out);
    return Next.GO_ON;
  }

  private static void serverCommand(Connection connection, Request request, ServerCommand command) {
    RespEncoder out = connection.begin();
    int mark = out.mark();
    try {
      command.execute(connection.client(), request, out);
    } catch (CommandException e) {
      out.truncate(mark);
      out.error(e.reply());
    }
    connection.end(out);
  }

  private Next keyCommand(Connection connection, Request request, CommandSpec<Object> spec, KeyCommand command) {
    int keys = spec.keys(request, positions);
    ClientState client = connection.client();
    if (keys <= 0) {
      return withoutKeys(connection, request, command);
    }
    if (!formed) {
      return refuse(connection, "CLUSTERDOWN The ring has not formed yet");
    }
    int first = positions.position(0);
    int slot = HashSlot.of(request.buffer(), request.offset(first), request.length(first));
    int vnode = slot / slotsPerVnode;
    for (int i = 1; i < keys; i++) {
      if (vnodeOf(request, positions.position(i)) != vnode) {
        return severalVnodes(connection, request, spec, command);
      }
    }
    boolean plain = client.session.plain(server);
    if (!plain && spec.write() && connection.waiting() && client.session.readsLinger(server)) {
      return Next.WAIT; // a read before it may not have come to the rows yet
    }
    client.command(spec.name());
    commands++;
    if (plain && coordinator.servesNow(vnode)) {
      here(connection, request, spec, command, vnode, slot);
      return Next.GO_ON;
    }
    boolean anyOwner = !spec.write() && client.session.readsLinger(server);
    String elsewhere = anyOwner ? null : client.session.elsewhere(vnode);
    if (elsewhere != null) {
      return refuse(connection, "MOVED " + slot + " " + elsewhere);
    }
    away(connection, request, spec, vnode);
    return Next.GO_ON;
  }

  /** Sends a command to whoever executes it on the terms of its connection, be it this node. */
  private void away(Connection connection, Request request, CommandSpec<Object> spec, int vnode) {
    ClientState client = connection.client();
    byte[] written = WrittenCommand.write(client.db, client.protocol, request);
    coordinator.submit(vnode, new SlotCall(connection, written, spec.write(), deadlineNanos(), vnode, server));
  }

  int vnodeOf(Request request, int arg) {
    return vnode(request.buffer(), request.offset(arg), request.length(arg));
  }

  private void here(
      Connection connection, Request request, CommandSpec<Object> spec, KeyCommand command, int vnode, int slot) {
    String refusal = refusal(spec);
    if (refusal != null) {
      refuse(connection, refusal);
      return;
    }
    if (uniqueSafe && spec.unique(request) && !shard.own().exclusive(vnode)) {
      refuse(connection, Outcomes.NOT_UNIQUE);
      return;
    }
    ClientState client = connection.client();
    boolean direct = !connection.waiting();
    RespEncoder out = direct ? connection.out() : side(client.protocol);
    int mark = out.mark();
    Hold hold;
    VersionVector before = shard.clock(vnode);
    try {
      context.aim(request, out, client.db).first(positions.position(0), slot);
      hold = execute(vnode, command, out);
    } catch (DamagedRowsException e) {
      out.truncate(mark);
      elsewhere(connection, request, spec, vnode, e);
      return;
    }
    if (shard.clock(vnode) != before) {
      client.session.wroteHere(vnode);
    }
    if (hold == null) {
      if (direct) {
        connection.wrote();
      } else {
        connection.slot(null).fill(out.toByteArray());
      }
      return;
    }
    byte[] reply = java.util.Arrays.copyOfRange(out.array(), mark, out.length());
    out.truncate(mark);
    hold.await(connection.slot(reply));
  }

  /** Why this node's disk does not take such a command now, or null. May make room. */
  private String refusal(CommandSpec<Object> spec) {
    if (spec.write() && !shard.writable()) {
      return Outcomes.diskFailed(shard.refusal());
    }
    return spec.denyOom() && limit.exceeded() && !limit.makeRoom() ? RedisErrors.OOM : null;
  }

  /** Damaged rows were in a command's way: another owner may have them. */
  private void elsewhere(
      Connection connection, Request request, CommandSpec<Object> spec, int vnode, DamagedRowsException e) {
    if (e.changed() || shard.serves(vnode)) {
      connection.slot(null).fill(damaged(e));
    } else {
      away(connection, request, spec, vnode);
    }
  }

  @Override
  public byte[] damaged(DamagedRowsException e) {
    return ascii("-" + Outcomes.damaged(e) + "\r\n");
  }

  RespEncoder side(int protocol) {
    side.reset();
    return side.version(protocol);
  }

  /** Arguments in which no key can be found are a mistake that the command itself tells. */
  private Next withoutKeys(Connection connection, Request request, KeyCommand command) {
    RespEncoder out = connection.begin();
    int mark = out.mark();
    nowhere.begin(1, 1, () -> 1);
    try {
      command.execute(new CommandContext(nowhere, null).aim(request, out, 0));
    } catch (CommandException e) {
      out.truncate(mark);
      out.error(e.reply());
    } finally {
      nowhere.finish();
    }
    connection.end(out);
    return Next.GO_ON;
  }

  private Next severalVnodes(
      Connection connection, Request request, CommandSpec<Object> spec, KeyCommand command) {
    ClientState client = connection.client();
    boolean unique = uniqueSafe && spec.unique(request);
    if (!unique && client.session.plain(server) && parts.takes(request, spec, positions)) {
      client.command(spec.name());
      commands++;
      String refusal = refusal(spec);
      return refusal != null ? refuse(connection, refusal) : parts.execute(connection, request, spec, command);
    }
    if (connection.waiting()) {
      return Next.WAIT;
    }
    client.command(spec.name());
    commands++;
    Slot slot = connection.slot(null);
    many(client, spec, unique).start(request.detached(), command, client.db, client.protocol, slot::fill);
    return slot.filled() ? Next.GO_ON : Next.ALONE;
  }

  ManyVnodes many(ClientState client, CommandSpec<Object> spec, boolean unique) {
    return new ManyVnodes(this, random, client.session, spec, unique);
  }

  // ---------------------------------------------------------------- executing

  /** Executes a command on a vnode that this node serves; its reply, or its error, is in {@code out}. */
  Hold execute(int vnode, KeyCommand command, Request request, int db, RespEncoder out) {
    context.aim(request, out, db);
    return execute(vnode, command, out);
  }

  private Hold execute(int vnode, KeyCommand command, RespEncoder out) {
    running = command;
    runningOut = out;
    return shard.execute(vnode, runner);
  }

  private void runPrepared(Keyspace rows) {
    RespEncoder out = runningOut;
    int mark = out.mark();
    try {
      running.execute(context);
    } catch (CommandException e) {
      out.truncate(mark);
      out.error(e.reply());
    } catch (DamagedRowsException | CorruptTableException e) {
      throw e; // the shard's: it knows who else has the rows
    } catch (RuntimeException e) {
      LOG.error("a command failed", e);
      out.truncate(mark);
      out.error(INTERNAL);
    }
  }

  @Override
  public byte[] run(Keyspace keyspace, byte[] bytes) {
    try {
      return run(keyspace, WrittenCommand.read(bytes, forwarded));
    } finally {
      forwarded.begin(NO_BYTES);
    }
  }

  private byte[] run(Keyspace keyspace, WrittenCommand written) {
    CommandSpec<Object> spec = table.lookup(written.request);
    RespEncoder out = side(written.protocol);
    if (spec == null || !(spec.handler() instanceof KeyCommand command) || !spec.arityFits(written.request.argCount())) {
      out.error(table.unknown(written.request));
      return out.toByteArray();
    }
    context.aim(written.request, out, written.db);
    running = command;
    runningOut = out;
    runPrepared(keyspace);
    return out.toByteArray();
  }

  @Override
  public void coming(Keyspace keyspace, byte[] bytes) {
    try {
      WrittenCommand.secondWord(bytes, (db, offset, length) -> keyspace.ahead().coming(db, bytes, offset, length));
    } catch (FormatException e) {
      return; // to be told by who runs it
    }
  }

  @Override
  public boolean mayRunBlind(byte[] bytes) {
    WrittenCommand written = WrittenCommand.read(bytes);
    CommandSpec<Object> spec = table.lookup(written.request);
    return spec != null && BlindWrites.may(spec.name(), written.request);
  }

  @Override
  public byte[] runBlind(Keyspace empty, byte[] bytes) {
    WrittenCommand written = WrittenCommand.read(bytes);
    CommandSpec<Object> spec = table.lookup(written.request);
    RespEncoder out = side(written.protocol);
    try {
      ((KeyCommand) spec.handler()).execute(new CommandContext(empty, random).aim(written.request, out, written.db));
    } catch (CommandException e) {
      out.reset();
      out.error(e.reply());
    }
    return out.toByteArray();
  }

  @Override
  public byte[] refusal(byte[] bytes) {
    if (!limit.exceeded()) {
      return null;
    }
    WrittenCommand written = WrittenCommand.read(bytes);
    CommandSpec<Object> spec = table.lookup(written.request);
    boolean refused = spec != null && spec.denyOom() && !written.letIn && !limit.makeRoom();
    return refused ? ascii("-" + RedisErrors.OOM + "\r\n") : null;
  }

  @Override
  public byte[] refusal(int vnode, byte[] bytes) {
    if (uniqueSafe && !shard.own().exclusive(vnode)) {
      WrittenCommand written = WrittenCommand.read(bytes);
      CommandSpec<Object> spec = table.lookup(written.request);
      if (written.unique || spec != null && spec.unique(written.request)) {
        return ascii("-" + Outcomes.NOT_UNIQUE + "\r\n");
      }
    }
    return refusal(bytes);
  }

  @Override
  public List<byte[]> keys(byte[] bytes) {
    WrittenCommand written = WrittenCommand.read(bytes);
    CommandSpec<Object> spec = table.lookup(written.request);
    KeyPositions found = new KeyPositions();
    int keys = spec == null ? 0 : Math.min(spec.keys(written.request, found), ReadRepair.KEYS_MAX);
    List<byte[]> names = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      int at = found.position(i);
      byte[] name = new byte[1 + written.request.length(at)];
      name[0] = (byte) written.db;
      System.arraycopy(written.request.buffer(), written.request.offset(at), name, 1, name.length - 1);
      names.add(name);
    }
    return names;
  }

  @Override
  public boolean readOnly(byte[] bytes) {
    CommandSpec<Object> spec = table.lookup(WrittenCommand.read(bytes).request);
    return spec == null || !spec.write();
  }

  @Override
  public byte[] runAll(BitSet vnodes, byte[] bytes, List<Hold> holds) {
    WrittenCommand written = WrittenCommand.read(bytes);
    CommandSpec<Object> spec = table.lookup(written.request);
    RespEncoder out = new RespEncoder().version(written.protocol);
    if (spec == null || !(spec.handler() instanceof RingCommands.Part part)) {
      out.error(table.unknown(written.request));
      return out.toByteArray();
    }
    try {
      part.runHere(shard, vnodes, written.request, written.db, out, holds);
    } catch (CommandException e) {
      out.reset();
      out.error(e.reply());
    }
    return out.toByteArray();
  }

  /** A call whose end fills a slot. */
  private static final class SlotCall extends Call {
    private final Slot slot;
    private final ClientSession session;
    private final boolean write;
    private final int vnode;

    SlotCall(Connection connection, byte[] command, boolean write, long deadlineNanos, int vnode, Consistency server) {
      super(command, !write, deadlineNanos, connection.client().session.terms(vnode, write, server));
      this.slot = connection.slot(null);
      this.session = connection.client().session;
      this.write = write;
      this.vnode = vnode;
    }

    @Override
    protected void ended(Outcome outcome, byte[] reply, BitSet missed) {
      session.answered(vnode, write, seen());
      slot.fill(outcome == Outcome.DONE ? reply : Outcomes.error(outcome, reply));
    }
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Names in a list, for tests and INFO. */
  List<String> implemented() {
    List<String> names = new ArrayList<>();
    table.forEachImplemented(spec -> names.add(spec.name()));
    return names;
  }
}
