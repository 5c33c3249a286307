package dev.henge.storage.lsm;

import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;

/** Several sorted sources as one, newest first: of equal keys the newest source's entry is shown, tombstones hide. */
final class MergeCursor implements ByteCursor {

    private final EntryCursor[] sources;
    private final boolean[] alive;
    private final boolean reverse;
    private final MergeOperator operator;
    private final Runnable onClose;
    private boolean started;
    private boolean closed;
    private EntryCursor current;
    private byte[] shown;
    /** The value, where it is made of operands; else null. */
    private byte[] merged;

    /**
     * @param sources  the newest first; none has been moved yet
     * @param operator null if there are no operands
     */
    MergeCursor(List<EntryCursor> sources, boolean reverse, MergeOperator operator,
            Runnable onClose) {
        this.sources = sources.toArray(new EntryCursor[0]);
        this.alive = new boolean[this.sources.length];
        this.reverse = reverse;
        this.operator = operator;
        this.onClose = onClose;
    }

    @Override
    public boolean next() {
        if (closed) {
            return false;
        }
        if (!started) {
            started = true;
            for (int i = 0; i < sources.length; i++) {
                alive[i] = sources[i].next();
            }
        } else if (current == null) {
            return false;
        } else {
            step();
        }
        pick();
        while (current != null && current.isTombstone()) {
            step();
            pick();
        }
        merged = current != null && current.isOperand() ? mergeDown() : null;
        return current != null;
    }

    /** Moves every source off the key that was shown, and on to where it is now. */
    private void step() {
        for (int i = 0; i < sources.length; i++) {
            if (alive[i] && (sources[i] == current || Arrays.equals(sources[i].key(), shown))) {
                alive[i] = sources[i].next();
            }
            alive[i] = sources[i].refresh(shown, alive[i]);
        }
    }

    private void pick() {
        EntryCursor best = null;
        for (int i = 0; i < sources.length; i++) {
            if (alive[i] && (best == null || isBefore(sources[i].key(), best.key()))) {
                best = sources[i];
            }
        }
        current = best;
        shown = best == null ? shown : best.key();
    }

    /** What the sources have of the shown key, down to a whole value or a tombstone. */
    private byte[] mergeDown() {
        byte[] value = null;
        boolean open = true;
        for (int i = 0; open && i < sources.length; i++) {
            if (alive[i] && (sources[i] == current || Arrays.equals(sources[i].key(), shown))) {
                value = MergeOperator.join(operator, shown, sources[i].value(), value);
                open = sources[i].isOperand();
            }
        }
        return value;
    }

    private boolean isBefore(byte[] x, byte[] y) {
        int order = Arrays.compareUnsigned(x, y);
        return reverse ? order > 0 : order < 0;
    }

    @Override
    public byte[] key() {
        return standing().key();
    }

    @Override
    public byte[] value() {
        EntryCursor at = standing();
        return merged != null ? merged : at.value();
    }

    private EntryCursor standing() {
        if (current == null) {
            throw new NoSuchElementException("the cursor stands on no entry");
        }
        return current;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            current = null;
            onClose.run();
        }
    }
}
