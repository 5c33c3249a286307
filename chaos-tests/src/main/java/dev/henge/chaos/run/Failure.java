package dev.henge.chaos.run;

/** A command that cannot do what it was asked to: one line for a person, and the exit status. */
final class Failure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int status;

  Failure(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
