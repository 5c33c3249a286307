package dev.henge.chaos.load;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A library that clients use, and whether it finds the nodes of a key by itself. */
public enum ClientKind {
  JEDIS("jedis", false),
  JEDIS_CLUSTER("jedis-cluster", true),
  LETTUCE("lettuce", false),
  LETTUCE_CLUSTER("lettuce-cluster", true),
  /** One that asks the Sentinel of its node who the master is. */
  JEDIS_SENTINEL("jedis-sentinel", false);

  private final String word;
  private final boolean cluster;

  ClientKind(String word, boolean cluster) {
    this.word = word;
    this.cluster = cluster;
  }

  /** What a person calls it. */
  public String word() {
    return word;
  }

  /** Whether it asks for the slots and goes to a key's node itself. */
  public boolean cluster() {
    return cluster;
  }

  /** Those named, separated by commas; {@code all} for all that need no Sentinel. */
  public static List<ClientKind> of(String words) {
    if (words.equals("all")) {
      return Stream.of(values()).filter(kind -> kind != JEDIS_SENTINEL).toList();
    }
    List<ClientKind> kinds = new ArrayList<>();
    for (String word : words.split(",")) {
      kinds.add(List.of(values()).stream().filter(kind -> kind.word.equals(word)).findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no kind of client is called " + word)));
    }
    return kinds;
  }
}
