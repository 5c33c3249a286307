package dev.henge.ring.replica;

import dev.henge.storage.version.VersionVector;

/**
 * On what terms a command is executed, as its caller chose.
 *
 * @param writeOwners how many owners must have what it writes before it is answered: a number, {@link #MAJORITY},
 * {@link #ALL}, or {@link #AS_CONFIGURED}. A number that was chosen is kept, unlike the configured one: it is not
 * taken down to the owners that are there
 * @param reads whose word a read takes
 * @param floor what its caller's session has seen of the vnode: nothing older may be read or written upon
 * @param tell whether the caller wants to know the clock under which it was executed
 */
public record Terms(int writeOwners, ReadLevel reads, VersionVector floor, boolean tell) {

  /** W as the node that executes it is configured: what the policy makes of it included. */
  public static final int AS_CONFIGURED = 0;

  public static final int MAJORITY = 254;
  public static final int ALL = 255;

  /** The highest number of owners that can be chosen. */
  public static final int OWNERS_MAX = 64;

  /** Those of a caller that chose nothing. */
  public static final Terms PLAIN = new Terms(AS_CONFIGURED, ReadLevel.PRIMARY, VersionVector.EMPTY, false);

  public Terms {
    if (writeOwners < 0 || writeOwners > OWNERS_MAX && writeOwners != MAJORITY && writeOwners != ALL) {
      throw new IllegalArgumentException("no number of owners: " + writeOwners);
    }
  }

  /** Whether it may be executed at the acting primary as soon as its turn comes. */
  public boolean unguarded() {
    return reads == ReadLevel.PRIMARY && floor.isEmpty();
  }
}
