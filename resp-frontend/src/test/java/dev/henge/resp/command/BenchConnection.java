package dev.henge.resp.command;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.session.ServerBench;

/**
 * Plays transcripts on a {@link CommandBench} with all families, behind the checks that the command table makes; what
 * is about the connection or the node goes to a {@link ServerBench}.
 */
final class BenchConnection implements Transcript.Connection {

  private static final long SEED = 1;

  /** Numbers that commands make of small ones are no longer. */
  private static final int STRING_BYTES_MAX = 420;

  private final CommandTable<KeyCommand> table = CommandTable.redis();
  private CommandBench bench;
  private ServerBench server;
  private int chunkBytes;

  BenchConnection() {
    Families.registerAll(table::bind);
  }

  @Override
  public Reply call(Request request) {
    if (server.has(request)) {
      Reply reply = server.run(request);
      bench.select(server.db());
      bench.protocol(server.protocol());
      return reply;
    }
    CommandSpec<KeyCommand> spec = table.lookup(request);
    if (spec == null) {
      return new Reply.Error(table.unknown(request));
    }
    if (!spec.arityFits(request.argCount())) {
      return new Reply.Error(RedisErrors.wrongArgCount(spec.name()));
    }
    return bench.run(request);
  }

  @Override
  public void restart() {
    bench = new CommandBench(SEED);
    if (chunkBytes > 0) {
      bench.primary.chunks(STRING_BYTES_MAX, chunkBytes);
    }
    server = ServerBench.alone();
    Families.registerAll(bench.binder());
  }

  /** From the next restart on strings that are no numbers are kept in chunks of so many bytes; 0: as usual. */
  void chunks(int bytes) {
    chunkBytes = bytes;
  }

  @Override
  public void select(int db) {
    call(Request.of("SELECT", Integer.toString(db)));
  }

  @Override
  public void protocol(int version) {
    call(Request.of("HELLO", Integer.toString(version)));
  }

  @Override
  public void advance(long millis) {
    bench.advance(millis);
  }
}
