package dev.henge.resp.command;

import java.util.Locale;

/** A property of a command, in the order in which COMMAND INFO lists them. */
public enum CommandFlag {
    WRITE, READONLY, PUBSUB, DENYOOM, ADMIN, ASKING, NOSCRIPT, LOADING, BLOCKING, STALE, FAST, NO_ASYNC_LOADING,
    SKIP_MONITOR, SKIP_SLOWLOG, NO_AUTH, NO_MULTI, NO_MANDATORY_KEYS, ALLOW_BUSY, MOVABLEKEYS;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The flag as Redis writes it. */
    public String text() {
        return text;
    }

    static CommandFlag of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
