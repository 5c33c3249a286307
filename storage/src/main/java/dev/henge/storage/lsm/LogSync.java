package dev.henge.storage.lsm;

import java.util.Locale;

/**
 * When the commit log is synced to the disk.
 *
 * <p>ALWAYS: as soon as something is written; one sync covers all that was written before it began. Intervals: at most
 * that long after the first unsynced write. NEVER: when the operating system likes, and before a table is published.
 */
public record LogSync(Mode mode, long intervalMillis) {

    /** The kinds of sync. */
    public enum Mode { ALWAYS, INTERVAL, NEVER }

    /** The longest interval: one hour. */
    public static final long INTERVAL_MILLIS_MAX = 3_600_000;

    public static final LogSync ALWAYS = new LogSync(Mode.ALWAYS, 0);
    public static final LogSync EVERYSEC = new LogSync(Mode.INTERVAL, 1000);
    public static final LogSync NEVER = new LogSync(Mode.NEVER, 0);

    public LogSync {
        boolean interval = mode == Mode.INTERVAL;
        if (interval ? intervalMillis < 1 || intervalMillis > INTERVAL_MILLIS_MAX : intervalMillis != 0) {
            throw new IllegalArgumentException("a sync interval is 1 to " + INTERVAL_MILLIS_MAX
                + " milliseconds, not " + intervalMillis);
        }
    }

    public static LogSync every(long intervalMillis) {
        return new LogSync(Mode.INTERVAL, intervalMillis);
    }

    /** Reads {@code always}, {@code everysec}, {@code never} (or Redis's {@code no}) or a number of milliseconds. */
    public static LogSync parse(String text) {
        String word = text.trim().toLowerCase(Locale.ROOT);
        return switch (word) {
            case "always" -> ALWAYS;
            case "everysec" -> EVERYSEC;
            case "never", "no" -> NEVER;
            default -> every(millis(word, text));
        };
    }

    private static long millis(String word, String text) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                "log sync is always, everysec, never or a number of milliseconds, not '" + text + "'", e);
        }
    }

    /** The text that {@link #parse} reads back. */
    @Override
    public String toString() {
        return switch (mode) {
            case ALWAYS -> "always";
            case NEVER -> "never";
            case INTERVAL -> intervalMillis == 1000 ? "everysec" : Long.toString(intervalMillis);
        };
    }
}
