package dev.henge.node;

/** A setting that cannot be used: its message is one line for the operator, naming the setting and what would do. */
public final class SettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public SettingException(String message) {
        super(message);
    }
}
