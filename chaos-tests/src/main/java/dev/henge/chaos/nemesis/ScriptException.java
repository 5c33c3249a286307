package dev.henge.chaos.nemesis;

/** What is wrong with a script, and where. */
public final class ScriptException extends Exception {

  private static final long serialVersionUID = 1;

  private final int line;
  private final int column;

  /** Lines and columns are counted from 1. */
  ScriptException(int line, int column, String what, String text) {
    super("line " + line + ", column " + column + ": " + what + "\n  " + text.replace('\t', ' ') + "\n  "
        + " ".repeat(column - 1) + "^");
    this.line = line;
    this.column = column;
  }

  public int line() {
    return line;
  }

  public int column() {
    return column;
  }
}
