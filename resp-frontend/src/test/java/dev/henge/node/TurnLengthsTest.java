package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is told of the loop's turns. */
class TurnLengthsTest {

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong cpu = new AtomicLong();
  private final TurnLengths lengths = new TurnLengths(nanos::get, cpu::get);

  private void turn(long micros) {
    turn(micros, micros);
  }

  private void turn(long micros, long workMicros) {
    lengths.begun(nanos.get());
    nanos.addAndGet(micros * 1_000);
    cpu.addAndGet(workMicros * 1_000);
    lengths.ended();
  }

  @Test
  void ofALongTurnTheWorkIsCountedApart() {
    for (int i = 0; i < 100; i++) {
      turn(90); // not all of these are read, and none of them is the long turn's work
    }
    turn(30_000, 4_000);
    assertEquals(1, lengths.pauses());
    assertEquals(0, lengths.workingPauses());
    assertEquals(30_000, lengths.longestMicros());
    assertEquals(4_000, lengths.longestCpuMicros(), 1_000);
    turn(40_000, 21_000);
    assertEquals(2, lengths.pauses());
    assertEquals(1, lengths.workingPauses());
    assertEquals(21_000, lengths.longestCpuMicros());
  }

  @Test
  void theCpuClockIsReadOnceAMillisecondAtMost() {
    AtomicLong readings = new AtomicLong();
    TurnLengths counted = new TurnLengths(nanos::get, readings::incrementAndGet);
    for (int i = 0; i < 1_000; i++) {
      counted.begun(nanos.get());
      nanos.addAndGet(10_000);
      counted.ended();
    }
    assertEquals(10, readings.get(), 1);
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
