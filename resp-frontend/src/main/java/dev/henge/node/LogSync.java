package dev.henge.node;

import java.util.Locale;

/** When the commit log is forced to disk: before each reply, at an interval, or whenever the system likes. */
public record LogSync(Mode mode, long intervalMillis) {
    static final long INTERVAL_MILLIS_MAX = 60_000;
    private static final long SECOND_MILLIS = 1_000;

    /** The three ways to sync. */
    public enum Mode { ALWAYS, INTERVAL, NEVER }

    static LogSync parse(Setting setting, String text) {
        switch (text.toLowerCase(Locale.ROOT)) {
            case "always":
                return new LogSync(Mode.ALWAYS, 0);
            case "everysec":
                return new LogSync(Mode.INTERVAL, SECOND_MILLIS);
            case "never", "no":
                return new LogSync(Mode.NEVER, 0);
            default:
                long millis = Sizes.whole(text);
                if (millis < 1 || millis > INTERVAL_MILLIS_MAX) {
                    throw setting.bad(text, "it takes always, everysec, never, or milliseconds from 1 to "
                            + INTERVAL_MILLIS_MAX);
                }
                return new LogSync(Mode.INTERVAL, millis);
        }
    }

    /** The mode as it is written in a configuration. */
    public String text() {
        return switch (mode) {
            case ALWAYS -> "always";
            case NEVER -> "never";
            case INTERVAL -> intervalMillis == SECOND_MILLIS ? "everysec" : Long.toString(intervalMillis);
        };
    }

    /** The nearest of the three words that Redis has for it. */
    String appendfsync() {
        return switch (mode) {
            case ALWAYS -> "always";
            case NEVER -> "no";
            case INTERVAL -> "everysec";
        };
    }
}
