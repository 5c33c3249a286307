package dev.henge.node;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers and sizes as Redis writes them: {@code k} is 1000 bytes, {@code kb} is 1024, and so on to {@code gb}. */
public final class Sizes {
    /** What a text that is no number gives. */
    public static final long NOT_A_NUMBER = Long.MIN_VALUE;
    private static final int SHOWN_CHARS_MAX = 60;
    private static final Pattern WHOLE = Pattern.compile("[-+]?\\d{1,18}");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})(b|k|kb|m|mb|g|gb)?");

    private Sizes() {
    }

    static boolean isWhole(String text) {
        return WHOLE.matcher(text).matches();
    }

    /** The number, or {@link #NOT_A_NUMBER}. */
    static long whole(String text) {
        return isWhole(text) ? Long.parseLong(text) : NOT_A_NUMBER;
    }

    /** The size in bytes, or {@link #NOT_A_NUMBER}. */
    public static long bytes(String text) {
        Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return NOT_A_NUMBER;
        }
        String unit = matcher.group(2) == null ? "b" : matcher.group(2);
        long factor = switch (unit) {
            case "k" -> 1_000L;
            case "kb" -> 1L << 10;
            case "m" -> 1_000_000L;
            case "mb" -> 1L << 20;
            case "g" -> 1_000_000_000L;
            case "gb" -> 1L << 30;
            default -> 1L;
        };
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
        } catch (ArithmeticException tooLarge) {
            return NOT_A_NUMBER;
        }
    }

    /** The size in the largest unit that leaves no remainder. */
    public static String words(long bytes) {
        if (bytes != 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + "gb";
        }
        if (bytes != 0 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + "mb";
        }
        if (bytes != 0 && bytes % (1L << 10) == 0) {
            return (bytes >> 10) + "kb";
        }
        return Long.toString(bytes);
    }

    /** The text cut and cleaned so that a message that quotes it stays one line. */
    static String oneLine(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= SHOWN_CHARS_MAX ? line : line.substring(0, SHOWN_CHARS_MAX) + "...";
    }
}
