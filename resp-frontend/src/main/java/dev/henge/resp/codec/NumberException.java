package dev.henge.resp.codec;

/**
 * An argument that is not the number it has to be; its message is the whole error reply, as Redis words it.
 * It carries no stack trace: it is an expected answer to a client's input, not a fault.
 */
public final class NumberException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private NumberException(String message) {
        super(message, null, false, false);
    }

    static NumberException notAnInteger() {
        return new NumberException("ERR value is not an integer or out of range");
    }

    static NumberException notAFloat() {
        return new NumberException("ERR value is not a valid float");
    }
}
