package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is told of the loop's turns. */
class TurnLengthsTest {

  private final AtomicLong nanos = new AtomicLong();
  private final TurnLengths lengths = new TurnLengths(nanos::get);

  private void turn(long micros) {
    lengths.begun(nanos.get());
    nanos.addAndGet(micros * 1_000);
    lengths.ended();
  }

  @Test
  void turnsOfOverTwentyMillisecondsArePauses() {
    turn(150);
    turn(20_000);
    turn(20_001);
    turn(90);
    assertEquals(4, lengths.turns());
    assertEquals(1, lengths.pauses());
    assertEquals(20_001, lengths.longestMicros());
    lengths.forgetLongest();
    turn(70);
    assertEquals(70, lengths.longestMicros());
    assertEquals(5, lengths.turns());
  }
}
