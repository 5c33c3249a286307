package dev.henge.resp.session;

import java.util.Locale;

/** Which keys go when a node is at its limit: Redis's maxmemory-policy. */
public enum EvictionPolicy {
  NOEVICTION(Order.NONE, false),
  ALLKEYS_LRU(Order.IDLE, false),
  VOLATILE_LRU(Order.IDLE, true),
  ALLKEYS_RANDOM(Order.CHANCE, false),
  VOLATILE_RANDOM(Order.CHANCE, true),
  VOLATILE_TTL(Order.DEADLINE, true);

  /** Which of two keys goes first. */
  enum Order {
    NONE,
    IDLE,
    CHANCE,
    DEADLINE
  }

  final Order order;

  /** Whether only keys with a deadline may go. */
  final boolean onlyVolatile;

  EvictionPolicy(Order order, boolean onlyVolatile) {
    this.order = order;
    this.onlyVolatile = onlyVolatile;
  }

  /** The policy of Redis's name. */
  public static EvictionPolicy named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  boolean evicts() {
    return order != Order.NONE;
  }
}
