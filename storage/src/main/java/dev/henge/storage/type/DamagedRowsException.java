package dev.henge.storage.type;

/** A command asks for rows that cannot be read, because the disk has damaged them; says which file and where. */
public final class DamagedRowsException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final boolean changed;

  public DamagedRowsException(String where) {
    this(where, false);
  }

  /**
   * @param changed whether the command had changed other keys already
   */
  public DamagedRowsException(String where, boolean changed) {
    super(where);
    this.changed = changed;
  }

  /** Whether the command had changed other keys already: then it must not be sent to another owner. */
  public boolean changed() {
    return changed;
  }
}
