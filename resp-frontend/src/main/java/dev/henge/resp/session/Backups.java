package dev.henge.resp.session;

import java.util.Map;

/** How a node is told to back itself up; for HENGE.BACKUP. All calls come on the node's loop and wait for nothing. */
public interface Backups {

  /**
   * What is wanted; paths are of the node's machine.
   *
   * @param base an earlier backup, or null
   * @param bytesPerSecond 0: as fast as it can
   */
  record Order(String target, String base, boolean portable, boolean reference, long bytesPerSecond) {}

  /** Starts a backup. Returns null, or why it cannot be started. */
  String start(Order order);

  /** The backup that runs, or the last one, by field. */
  Map<String, Object> status();

  /** Stops the one that runs; false if none does. */
  boolean cancel();
}
