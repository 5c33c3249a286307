package dev.henge.resp.command;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;

/** Plays transcripts on a {@link CommandBench} with all families, behind the checks that the command table makes. */
final class BenchConnection implements Transcript.Connection {

  private static final long SEED = 1;

  private final CommandTable<KeyCommand> table = CommandTable.redis();
  private CommandBench bench;

  @Override
  public Reply call(Request request) {
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
    Families.registerAll(bench.binder());
  }

  @Override
  public void select(int db) {
    bench.select(db);
  }

  @Override
  public void protocol(int version) {
    bench.protocol(version);
  }

  @Override
  public void advance(long millis) {
    bench.advance(millis);
  }
}
