package dev.henge.storage.lsm;

/**
 * What of the flushed log is kept for peers, and what of it went before all had it: the owner says up to where every
 * peer holds everything; that goes at once. The rest goes when the log is too large, or the segment too old.
 *
 * <p>Asked by the background thread; the owner sets the position; any thread reads the counts.
 */
final class LogRetained {

    private volatile long neededFrom = Long.MAX_VALUE;
    private volatile long heldByAll;
    private volatile long droppedForSize;
    private volatile long droppedForAge;

    private enum Reason {
        NONE, HELD, SIZE, AGE
    }

    /** Records from this position on may be lacked by a peer. */
    void neededFrom(long position) {
        neededFrom = position;
    }

    long neededFrom() {
        return neededFrom;
    }

    private Reason reason(LogSegment oldest, long totalBytes, long nowMillis, LsmOptions options) {
        if (oldest.end <= neededFrom) {
            return Reason.HELD;
        }
        if (totalBytes - oldest.fileBytes() >= options.logRetainBytes()) {
            return Reason.SIZE;
        }
        boolean old = oldest.closedMillis != Long.MAX_VALUE
            && nowMillis - oldest.closedMillis >= options.logRetainMillis();
        return old ? Reason.AGE : Reason.NONE;
    }

    boolean wouldLetGo(LogSegment oldest, long totalBytes, long nowMillis, LsmOptions options) {
        return reason(oldest, totalBytes, nowMillis, options) != Reason.NONE;
    }

    /** Whether the oldest segment, which is flushed, may go; counts it. */
    boolean letsGo(LogSegment oldest, long totalBytes, long nowMillis, LsmOptions options) {
        Reason reason = reason(oldest, totalBytes, nowMillis, options);
        switch (reason) {
            case HELD -> heldByAll++;
            case SIZE -> droppedForSize++;
            case AGE -> droppedForAge++;
            case NONE -> {
                return false;
            }
        }
        return true;
    }

    /** Segments that went because every peer had them. */
    long heldByAll() {
        return heldByAll;
    }

    /** Segments that went for the log's size, though a peer may have lacked them. */
    long droppedForSize() {
        return droppedForSize;
    }

    /** Segments that went for their age, though a peer may have lacked them. */
    long droppedForAge() {
        return droppedForAge;
    }
}
