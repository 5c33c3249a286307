package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Rows of a string of 100 bytes: encoded, decoded, digested, merged as a replica merges what its peers ship. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RowMicro {

  private static final long ACTOR = 0x1234_5678_9ABCL;
  private static final long OTHER = 0x2234_5678_9ABCL;

  private final byte[] payload = new byte[100];
  private final Row old = Row.written(null, sibling(ACTOR, 70_000));
  private final Row next = Row.written(old, sibling(ACTOR, 70_001));
  private final Row concurrent = Row.written(null, sibling(OTHER, 5));
  private final Row overBoth = Row.written(RowMerge.merge(old, concurrent), sibling(ACTOR, 70_002));
  private final byte[] simple = RowCodec.encode(old);
  private final byte[] general = RowCodec.encode(overBoth);
  private final Bytes out = new Bytes(512);

  private Sibling sibling(long actor, long seq) {
    return new Sibling(actor, seq, 1_800_000_000_000L << 16 | seq, false, 0, payload);
  }

  /** What a SET over an old value makes before anything is written. */
  @Benchmark
  public Row overwritten() {
    return Row.overwritten(RowCodec.plainContext(simple, 0), sibling(ACTOR, 70_001));
  }

  @Benchmark
  public int encodeSimple() {
    return encode(old);
  }

  @Benchmark
  public int encodeGeneral() {
    return encode(overBoth);
  }

  private int encode(Row row) {
    out.reset(1 << 20);
    RowCodec.encode(row, out);
    return out.length();
  }

  @Benchmark
  public Row decodeSimple() {
    return RowCodec.decode(simple);
  }

  @Benchmark
  public Row decodeGeneral() {
    return RowCodec.decode(general);
  }

  @Benchmark
  public long digestSimple() {
    return RowDigest.of(77, simple);
  }

  @Benchmark
  public long digestGeneral() {
    return RowDigest.of(77, general);
  }

  /** A peer's write over what is stored: by far the most frequent meeting. */
  @Benchmark
  public Row mergeSuccessor() {
    return RowMerge.prune(RowMerge.merge(old, next), VersionVector.EMPTY, true);
  }

  @Benchmark
  public Row mergeConcurrent() {
    return RowMerge.prune(RowMerge.merge(old, concurrent), VersionVector.EMPTY, true);
  }

  @Benchmark
  public Row mergeSame() {
    return RowMerge.prune(RowMerge.merge(old, old), VersionVector.EMPTY, true);
  }
}
