package dev.henge.node.bench;

/** A benchmark that cannot be run, or whose figures would mean nothing; the message is for the operator. */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }

    BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
