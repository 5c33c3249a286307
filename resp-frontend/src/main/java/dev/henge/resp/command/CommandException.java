package dev.henge.resp.command;

/** A command's refusal: the text of its error reply without the leading dash, such as {@code ERR syntax error}. */
public final class CommandException extends RuntimeException {

  public CommandException(String reply) {
    super(reply, null, false, false);
  }

  /** The reply's text. */
  public String reply() {
    return getMessage();
  }
}
