package dev.henge.resp.session;

/** Evicts keys; so far none, so that every policy refuses as noeviction does. */
public final class Eviction {
  void set(EvictionPolicy policy, int samples) { }
  boolean evictOne() { return false; }
  void tick(long nowNanos) { }
  long evictedKeys() { return 0; }
}
