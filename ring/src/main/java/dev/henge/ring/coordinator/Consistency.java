package dev.henge.ring.coordinator;

import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Terms;
import java.util.Locale;

/**
 * W and R as somebody chose them: a connection, a user, the server. What one leaves open the next in that row decides.
 *
 * @param writeOwners as {@link Terms#writeOwners}; {@link Terms#AS_CONFIGURED} leaves it open
 * @param reads null leaves it open
 */
public record Consistency(int writeOwners, ReadLevel reads) {

  /** Chooses nothing. */
  public static final Consistency OPEN = new Consistency(Terms.AS_CONFIGURED, null);

  /** What this leaves open as the other has it. */
  public Consistency over(Consistency other) {
    return new Consistency(writeOwners == Terms.AS_CONFIGURED ? other.writeOwners : writeOwners, reads == null ? other.reads : reads);
  }

  public Consistency withWriteOwners(int owners) {
    return new Consistency(owners, reads);
  }

  public Consistency withReads(ReadLevel level) {
    return new Consistency(writeOwners, level);
  }

  /**
   * W of a word: {@code default}, {@code one}, {@code quorum} (or {@code majority}), {@code all}, or a number; -1 if
   * it is none.
   */
  public static int writeOwners(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "default" -> Terms.AS_CONFIGURED;
      case "one" -> 1;
      case "quorum", "majority" -> Terms.MAJORITY;
      case "all" -> Terms.ALL;
      default -> word.matches("[1-9]\\d?") && Integer.parseInt(word) <= Terms.OWNERS_MAX ? Integer.parseInt(word) : -1;
    };
  }

  /** The word for a W; the reverse of {@link #writeOwners(String)}. */
  public static String word(int writeOwners) {
    return switch (writeOwners) {
      case Terms.AS_CONFIGURED -> "default";
      case 1 -> "one";
      case Terms.MAJORITY -> "quorum";
      case Terms.ALL -> "all";
      default -> Integer.toString(writeOwners);
    };
  }

  /** R of a word; null if it is none. */
  public static ReadLevel reads(String word) {
    for (ReadLevel level : ReadLevel.values()) {
      if (level.word().equalsIgnoreCase(word)) {
        return level;
      }
    }
    return null;
  }
}
