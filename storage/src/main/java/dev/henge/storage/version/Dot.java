package dev.henge.storage.version;

/**
 * The name of one write: the {@code seq}-th bundle that {@code actor} made in a vnode.
 *
 * @param actor one incarnation of a node's disk, 48 bits, never 0
 * @param seq counts from 1, without holes, per vnode and actor
 */
public record Dot(long actor, long seq) {

  /** Actor ids are written in six bytes. */
  public static final long MAX_ACTOR = (1L << 48) - 1;

  @Override
  public String toString() {
    return Long.toHexString(actor) + ":" + seq;
  }
}
