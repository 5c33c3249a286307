package dev.henge.chaos.load;

import java.util.ArrayList;
import java.util.List;

/** A library that clients use, and whether it finds the nodes of a key by itself. */
public enum ClientKind {
  JEDIS("jedis", false),
  JEDIS_CLUSTER("jedis-cluster", true),
  LETTUCE("lettuce", false),
  LETTUCE_CLUSTER("lettuce-cluster", true);

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

  /** Those named, separated by commas; {@code all} for all of them. */
  public static List<ClientKind> of(String words) {
    if (words.equals("all")) {
      return List.of(values());
    }
    List<ClientKind> kinds = new ArrayList<>();
    for (String word : words.split(",")) {
      kinds.add(List.of(values()).stream().filter(kind -> kind.word.equals(word)).findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no kind of client is called " + word)));
    }
    return kinds;
  }
}
