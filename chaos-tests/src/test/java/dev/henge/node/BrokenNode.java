package dev.henge.node;

import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import java.util.Arrays;

/**
 * A process that is a node in all but one rule, which it breaks: the first word names it, the others are those of
 * {@link Main}. No part of what is delivered.
 */
public final class BrokenNode {

  private BrokenNode() {}

  public static void main(String[] words) {
    Rules rules = Rules.breaking(Mutant.valueOf(words[0]));
    System.exit(Main.run(BrokenNode.class, config -> Node.start(config, rules), Arrays.copyOfRange(words, 1, words.length)));
  }
}
