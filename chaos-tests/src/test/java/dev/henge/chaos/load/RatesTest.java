package dev.henge.chaos.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.chaos.check.Op;
import dev.henge.chaos.run.Second;
import dev.henge.resp.codec.Reply;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The account of a load. */
class RatesTest {

  private static final long MILLI = 1_000_000;

  private static Op op(long startMillis, Op.End end, String error) {
    Op op = new Op(1, 0, List.of("GET", "k"), startMillis * MILLI, "n1");
    op.end = end;
    op.reply = error == null ? new Reply.Null(false) : new Reply.Error(error);
    return op;
  }

  @Test
  void latencyCountsFromWhenACommandWasDue() {
    Rates rates = new Rates(3);
    // asked late, since no client was free, and answered at once
    rates.ended(op(500, Op.End.DONE, null), 1, 100 * MILLI, 501 * MILLI);
    rates.ended(op(500, Op.End.DONE, null), 2, 500 * MILLI, 501 * MILLI);
    rates.ended(op(500, Op.End.DONE, null), -1, 500 * MILLI, 501 * MILLI);
    rates.ended(op(500, Op.End.REFUSED, "CLUSTERDOWN x"), 0, 498 * MILLI, 501 * MILLI);
    rates.ended(op(500, Op.End.IN_DOUBT, "INDOUBT y"), 0, 500 * MILLI, 9_000 * MILLI);
    rates.shed();
    Second second = rates.close();
    assertEquals(3, second.ok());
    assertEquals(1, second.refused());
    assertEquals(1, second.inDoubt());
    assertEquals(List.of(0L, 1L, 1L), second.okOfNode());
    assertEquals(1, second.p50Millis(), 0.01);
    assertEquals(401, second.maxMillis(), 0.5, "what is in doubt has no latency");
    assertEquals(new Load.Totals(3, 1, 1, 1, Map.of("CLUSTERDOWN x", 1L, "INDOUBT y", 1L)), rates.totals());
    assertEquals(new Second(1, 0, 0, 0, 0, 0, 0, List.of(0L, 0L, 0L)), rates.close(), "the next begins anew");
    assertEquals(2, rates.seconds().size());
  }
}
