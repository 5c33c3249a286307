package dev.henge.node;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;

/** The part of the heap where a collector keeps what lives long. */
final class OldGeneration {

  /** Of the heap, for a collector whose generations have no sizes of their own. */
  private static final double USUAL_SHARE = 0.6;

  private OldGeneration() {}

  /** How large it may get. */
  static long bytesMax() {
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      boolean sized = pool.getName().equals("PS Old Gen") || pool.getName().equals("Tenured Gen");
      if (sized && pool.getUsage().getMax() > 0) {
        return pool.getUsage().getMax();
      }
    }
    return (long) (Runtime.getRuntime().maxMemory() * USUAL_SHARE);
  }
}
