package dev.henge.chaos.check;

/** What a run has shown that must not be. */
public final class Violation extends AssertionError {

  private static final long serialVersionUID = 1;

  /** The key that it is about; empty if it is not about one. */
  private final String key;

  public Violation(String key, String what, Throwable cause) {
    super(what, cause);
    this.key = key;
  }

  public String key() {
    return key;
  }
}
