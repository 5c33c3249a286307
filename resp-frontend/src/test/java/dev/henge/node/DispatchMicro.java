package dev.henge.node;

import dev.henge.resp.codec.RespEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Sixteen pipelined commands from the bytes of one read to the bytes of the replies, on a node alone or with two peers
 * on the same thread; keys are those that the first node serves. With three nodes the figures are those of all three,
 * and of a network that copies every frame once.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 8, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class DispatchMicro {

  private static final int PIPELINE = 16;
  private static final int READS = 1024;
  private static final int OK_BYTES = 5;
  private static final int VALUE_BYTES = 100;
  private static final int BULK_BYTES = 6 + VALUE_BYTES + 2;

  @Param({"1", "3"})
  public int nodes;

  private BenchRing ring;
  private BenchRing.Client client;
  private final byte[][] sets = new byte[READS][];
  private final byte[][] gets = new byte[READS][];
  private int next;

  @Setup
  public void form() throws IOException {
    ring = new BenchRing(nodes);
    client = ring.client();
    byte[] value = new byte[VALUE_BYTES];
    Keys keys = new Keys();
    for (int i = 0; i < READS; i++) {
      int from = keys.number;
      sets[i] = read(keys, from, (out, key) -> {
        out.array(3);
        out.bulk("SET");
        out.bulk(key);
        out.bulk(value);
      });
      gets[i] = read(keys, from, (out, key) -> {
        out.array(2);
        out.bulk("GET");
        out.bulk(key);
      });
      client.call(sets[i], PIPELINE * OK_BYTES, '+');
    }
  }

  /** Counts through the keys that are served here. */
  private final class Keys {
    int number;

    byte[] next() {
      byte[] key;
      do {
        key = ("key:" + (100_000_000_000L + number++ * 7919L)).getBytes(StandardCharsets.ISO_8859_1);
      } while (!ring.servedHere(key));
      return key;
    }
  }

  private static byte[] read(Keys keys, int from, BiConsumer<RespEncoder, byte[]> command) {
    keys.number = from;
    RespEncoder out = new RespEncoder();
    for (int i = 0; i < PIPELINE; i++) {
      command.accept(out, keys.next());
    }
    return out.toByteArray();
  }

  @TearDown
  public void end() throws IOException {
    ring.close();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public void set() {
    client.call(sets[next++ & READS - 1], PIPELINE * OK_BYTES, '+');
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public void get() {
    client.call(gets[next++ & READS - 1], PIPELINE * BULK_BYTES, '$');
  }
}
