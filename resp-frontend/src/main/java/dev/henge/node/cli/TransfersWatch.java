package dev.henge.node.cli;

import dev.henge.ring.transfer.TransferStanding;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Transfers looked at again and again until all are done. On a terminal the lines are written over; else there is a
 * line now and then, and as JSON an object a look.
 */
final class TransfersWatch {
    /** How the looks are told. */
    enum Form { TERMINAL, LINES, JSON }

    private static final String ESCAPE = "\u001b[";
    private static final long LINES_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final RingContact ring;
    private final PrintStream out;
    private final Form form;
    private final int width;
    private final long lookMillis;
    private int linesShown;
    private long saidNanos;
    private boolean said;

    TransfersWatch(RingContact ring, PrintStream out, Form form, int width, long lookMillis) {
        this.ring = ring;
        this.out = out;
        this.form = form;
        this.width = width;
        this.lookMillis = lookMillis;
    }

    /** Returns when every vnode is where it should be. */
    void untilDone() throws IOException, InterruptedException {
        TransfersText text = new TransfersText(ring.addresses(), width);
        while (true) {
            TransferStanding now = ring.transfers();
            show(text, now);
            if (now.isDone()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(lookMillis);
        }
    }

    private void show(TransfersText text, TransferStanding now) {
        switch (form) {
            case JSON -> out.println(Json.of(text.fields(now)));
            case LINES -> {
                if (!said || now.isDone() || System.nanoTime() - saidNanos > LINES_NANOS) {
                    said = true;
                    saidNanos = System.nanoTime();
                    out.println(TransfersText.summary(now));
                }
            }
            case TERMINAL -> {
                List<String> lines = text.lines(now);
                StringBuilder screen = new StringBuilder();
                if (linesShown > 0) {
                    screen.append(ESCAPE).append(linesShown).append('A').append(ESCAPE).append('J');
                }
                lines.forEach(line -> screen.append(line, 0, Math.min(line.length(), width)).append('\n'));
                out.print(screen);
                linesShown = lines.size();
            }
        }
        out.flush();
    }
}
