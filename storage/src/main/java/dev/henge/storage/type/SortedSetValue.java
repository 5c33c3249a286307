package dev.henge.storage.type;

/** A sorted set. */
public final class SortedSetValue {

  private SortedSetValue() {}

  static void register(Keyspace keyspace) {}
}
