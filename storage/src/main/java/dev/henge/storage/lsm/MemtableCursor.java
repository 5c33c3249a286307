package dev.henge.storage.lsm;

import java.util.Arrays;

/** A walk over a memtable that survives the owner's changes to it. */
final class MemtableCursor implements EntryCursor {

    private final Memtable memtable;
    private final byte[] from;
    private final byte[] to;
    private final boolean reverse;
    private boolean started;
    private int ref;
    private long seenChanges;
    private byte[] key;
    private byte[] value;
    private boolean operand;

    MemtableCursor(Memtable memtable, byte[] from, byte[] to, boolean reverse) {
        this.memtable = memtable;
        this.from = from;
        this.to = to;
        this.reverse = reverse;
        this.seenChanges = memtable.changes();
    }

    @Override
    public boolean next() {
        if (!started) {
            started = true;
            return settle(reverse ? memtable.lower(to) : memtable.ceiling(from));
        }
        if (ref == Memtable.NONE) {
            return false;
        }
        return settle(reverse ? memtable.previous(ref) : memtable.next(ref));
    }

    /** After a change nothing that we hold is sure: not even that there was no entry left. */
    @Override
    public boolean refresh(byte[] shown, boolean alive) {
        if (memtable.changes() == seenChanges) {
            return alive;
        }
        seenChanges = memtable.changes();
        if (reverse) {
            return settle(memtable.lower(shown));
        }
        int found = memtable.ceiling(shown);
        if (found != Memtable.NONE && Arrays.equals(memtable.key(found), shown)) {
            found = memtable.next(found);
        }
        return settle(found);
    }

    private boolean settle(int found) {
        ref = found;
        if (found == Memtable.NONE) {
            return false;
        }
        key = memtable.key(found);
        boolean outside = reverse
            ? from != null && Arrays.compareUnsigned(key, from) < 0
            : to != null && Arrays.compareUnsigned(key, to) >= 0;
        if (outside) {
            ref = Memtable.NONE;
            return false;
        }
        value = memtable.value(found);
        operand = memtable.isOperand(found);
        return true;
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public boolean isTombstone() {
        return value == null;
    }

    @Override
    public boolean isOperand() {
        return operand;
    }

    @Override
    public byte[] value() {
        return value;
    }
}
