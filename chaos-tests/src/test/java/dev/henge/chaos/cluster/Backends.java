package dev.henge.chaos.cluster;

import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Assumptions;

/** Whether the tests of a kind of cluster may be left out where there can be none. */
public final class Backends {

  private Backends() {}

  /** Skips the test with the reason; in continuous integration nothing is skipped, and the test fails with it. */
  public static void require(String impossible) {
    if (impossible != null && "true".equals(System.getenv("CI"))) {
      fail(impossible);
    }
    Assumptions.assumeTrue(impossible == null, impossible);
  }

  /** The same where a test needs another's server. */
  public static void requireProgram(String program) {
    require(Command.exists(program) ? null : "there is no " + program);
  }
}
