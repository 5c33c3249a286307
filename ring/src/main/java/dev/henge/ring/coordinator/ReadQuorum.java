package dev.henge.ring.coordinator;

import dev.henge.storage.version.VersionVector;
import java.util.HashMap;
import java.util.Map;

/**
 * The arithmetic of one read that asked several owners: which have answered, with which clocks, and whether that is
 * enough.
 *
 * <p>R owners, the executing one among them, must have answered, and the executing one must have seen all that they
 * had seen. A write that W owners held before the read began is then in one of these clocks if W + R is more than N,
 * and so in the rows that are read.
 */
final class ReadQuorum {

  private final int needed;
  private final Map<String, VersionVector> answers = new HashMap<>();

  /** @param needed R, the executing owner included */
  ReadQuorum(int needed) {
    this.needed = needed;
  }

  void answered(String owner, VersionVector clock) {
    answers.merge(owner, clock, (first, second) -> first);
  }

  boolean hasAnswered(String owner) {
    return answers.containsKey(owner);
  }

  /** Whether enough owners have answered whose clocks this one covers. */
  boolean enough(VersionVector own) {
    int covered = 1;
    for (VersionVector clock : answers.values()) {
      covered += own.covers(clock) ? 1 : 0;
    }
    return covered >= needed;
  }

  /** An owner that has seen what this one has not, or null. */
  String ahead(VersionVector own) {
    for (Map.Entry<String, VersionVector> answer : answers.entrySet()) {
      if (!own.covers(answer.getValue())) {
        return answer.getKey();
      }
    }
    return null;
  }
}
