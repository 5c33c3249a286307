package dev.henge.ring.repair;

/**
 * How much repair in the background may cost.
 *
 * @param intervalSeconds each vnode is compared with each of its owners at least this often; 0: never
 * @param bytesPerSecond what the comparisons that a node begins may send and be sent, in the mean
 * @param scrubSeconds each vnode's rows are read from the disk and checked about this often; 0: never
 */
public record AntiEntropySettings(long intervalSeconds, long bytesPerSecond, long scrubSeconds) {

  private static final long DAY_SECONDS = 86_400;

  public static final AntiEntropySettings DEFAULT = ofDays(60, 1 << 20, 7);

  public static AntiEntropySettings ofDays(long intervalSeconds, long bytesPerSecond, long scrubDays) {
    return new AntiEntropySettings(intervalSeconds, bytesPerSecond, scrubDays * DAY_SECONDS);
  }
}
