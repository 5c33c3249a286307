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
    /** The only source that stands on an entry, if it is one alone; else null. */
    private EntryCursor only;
    /** The key that was shown last; null while {@link #only} stands on it. */
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
            pick();
        } else if (current == null) {
            return false;
        } else {
            step();
        }
        while (current != null && current.isTombstone()) {
            step();
        }
        merged = current != null && current.isOperand() ? mergeDown() : null;
        return current != null;
    }

    /** Moves on to the next key. Where one source is left, and nothing has changed, nothing need be compared. */
    private void step() {
        if (only != null && !sources[0].changed()) {
            current = only.next() ? only : null;
            shown = null;
            return;
        }
        if (shown == null) {
            shown = current.key();
        }
        stepAll();
        pick();
    }

    /** Moves every source off the key that was shown, and on to where it is now. */
    private void stepAll() {
        for (int i = 0; i < sources.length; i++) {
            if (alive[i] && (sources[i] == current || Arrays.equals(sources[i].key(), shown))) {
                alive[i] = sources[i].next();
            }
            alive[i] = sources[i].refresh(shown, alive[i]);
        }
    }

    private void pick() {
        EntryCursor best = null;
        int standing = 0;
        for (int i = 0; i < sources.length; i++) {
            if (alive[i]) {
                standing++;
                best = best == null || isBefore(sources[i].key(), best.key()) ? sources[i] : best;
            }
        }
        current = best;
        only = standing == 1 ? best : null;
        shown = best == null ? shown : only != null ? null : best.key();
    }

    /** What the sources have of the shown key, down to a whole value or a tombstone. */
    private byte[] mergeDown() {
        if (shown == null) {
            shown = current.key();
        }
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

    @Override
    public byte[] valueArray() {
        EntryCursor at = standing();
        return merged != null ? merged : at.valueArray();
    }

    @Override
    public int valueOffset() {
        EntryCursor at = standing();
        return merged != null ? 0 : at.valueOffset();
    }

    @Override
    public int valueLength() {
        EntryCursor at = standing();
        return merged != null ? merged.length : at.valueLength();
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
