package dev.henge.node.cli;

/** A command that cannot do what it was asked to: one line for the operator, and the exit status. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;

    Failure(int status, String message) {
        super(message);
        this.status = status;
    }

    Failure(String message) {
        this(1, message);
    }

    int status() {
        return status;
    }
}
