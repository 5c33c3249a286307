package dev.henge.node.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How far something is, told on standard error: in a terminal one line that is written over, else one now and then. */
final class ProgressLine {
    private static final long TERMINAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long FILE_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final int STANDARD_OUT = 1;
    private static final int STANDARD_ERROR = 2;
    private static final String[] UNITS = {"B", "K", "M", "G", "T"};

    private final PrintStream err;
    private final String what;
    private final boolean terminal;
    private long shownNanos = System.nanoTime();
    private int shownChars;

    ProgressLine(PrintStream err, String what) {
        this(err, what, isTerminal(STANDARD_ERROR));
    }

    ProgressLine(PrintStream err, String what, boolean terminal) {
        this.err = err;
        this.what = what;
        this.terminal = terminal;
    }

    /** The stream's own file tells; what System.console() says differs between the versions of Java. */
    static boolean isTerminal(int stream) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(stream))).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** Shows it if it is time; {@code total} is 0 while it is unknown. */
    void at(long done, long total) {
        long now = System.nanoTime();
        if (now - shownNanos < (terminal ? TERMINAL_NANOS : FILE_NANOS)) {
            return;
        }
        shownNanos = now;
        String line = what + " " + size(done) + (total == 0 ? "" : " of " + size(total) + ", "
                + Math.min(100, 100 * done / total) + " %");
        if (terminal) {
            err.print("\r" + line + " ".repeat(Math.max(0, shownChars - line.length())));
            err.flush();
            shownChars = line.length();
        } else {
            err.println(line);
        }
    }

    /** Takes the line away, for what comes next. */
    void end() {
        if (shownChars > 0) {
            err.print("\r" + " ".repeat(shownChars) + "\r");
            err.flush();
            shownChars = 0;
        }
    }

    static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + "B" : String.format(Locale.ROOT, "%.1f%s", value, UNITS[unit]);
    }
}
