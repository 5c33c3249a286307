package dev.henge.storage.version;

/** Which of the protocol's rules are in force: all, but for the one that a simulation may have broken on purpose. */
public final class Rules {

  /** What every node runs with. */
  public static final Rules SOUND = new Rules(null);

  private final Mutant mutant;

  private Rules(Mutant mutant) {
    this.mutant = mutant;
  }

  /** For simulations only: these rules destroy data. */
  public static Rules breaking(Mutant mutant) {
    return new Rules(mutant);
  }

  public boolean broken(Mutant rule) {
    return mutant == rule;
  }
}
