package dev.henge.storage.lsm;

/** A walk over a memtable that survives the owner's changes to it. */
final class MemtableCursor implements EntryCursor {

    private final Memtable memtable;
    private final byte[] from;
    private final byte[] to;
    private final boolean reverse;
    private boolean started;
    private int ref;
    private long seenChanges;
    /** Copies, made when they are asked for; else null. */
    private byte[] key;
    private byte[] value;
    private boolean tombstone;
    private final FoundBytes place = new FoundBytes();

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
        if (found != Memtable.NONE && memtable.compare(found, shown) == 0) {
            found = memtable.next(found);
        }
        return settle(found);
    }

    private boolean settle(int found) {
        ref = found;
        if (found == Memtable.NONE) {
            return false;
        }
        key = null;
        value = null;
        boolean outside = reverse
            ? from != null && memtable.compare(found, from) < 0
            : to != null && memtable.compare(found, to) >= 0;
        if (outside) {
            ref = Memtable.NONE;
            return false;
        }
        tombstone = memtable.isTombstone(found);
        return true;
    }

    @Override
    public boolean changed() {
        return memtable.changes() != seenChanges;
    }

    @Override
    public byte[] key() {
        if (key == null) {
            key = memtable.key(ref);
        }
        return key;
    }

    @Override
    public boolean isTombstone() {
        return tombstone;
    }

    @Override
    public boolean isOperand() {
        return memtable.isOperand(ref);
    }

    @Override
    public byte[] value() {
        if (value == null) {
            value = memtable.value(ref);
        }
        return value;
    }

    @Override
    public byte[] valueArray() {
        memtable.view(ref, place);
        return place.array();
    }

    @Override
    public int valueOffset() {
        memtable.view(ref, place);
        return place.offset();
    }

    @Override
    public int valueLength() {
        return memtable.valueLength(ref);
    }
}
