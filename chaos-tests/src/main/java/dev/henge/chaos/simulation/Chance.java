package dev.henge.chaos.simulation;

import java.util.SplittableRandom;

/**
 * Chance for simulations: each part of a run draws from a stream of its own, so that leaving out a fault does not
 * change the others.
 */
final class Chance {

  private final SplittableRandom random;

  Chance(long seed, String stream) {
    this.random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L ^ (long) stream.hashCode() << 32 ^ stream.length());
  }

  SplittableRandom random() {
    return random;
  }

  /** From 0 on, below {@code bound}. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  long below(long bound) {
    return random.nextLong(bound);
  }

  /** Both ends included. */
  long between(long low, long high) {
    return low + random.nextLong(high - low + 1);
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  boolean coin() {
    return random.nextBoolean();
  }

  <T> T of(java.util.List<T> some) {
    return some.get(random.nextInt(some.size()));
  }
}
