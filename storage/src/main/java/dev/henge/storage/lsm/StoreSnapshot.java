package dev.henge.storage.lsm;

import java.io.IOException;

/**
 * A store as it was at one moment, for one thread beside the owner. The files that it reads stay until it is closed.
 *
 * <p>It begins with frozen memtables above tables. Once those memtables are flushed it reads the tables only, so that
 * it does not keep their memory for as long as it is open.
 */
public final class StoreSnapshot implements AutoCloseable {

    private final long position;
    private final Runnable onClose;
    private ReadView view;

    StoreSnapshot(long position, ReadView view, Runnable onClose) {
        this.position = position;
        this.view = view;
        this.onClose = onClose;
    }

    /** What the log says before this position is in it, what it says after is not. */
    public long position() {
        return position;
    }

    /** A fresh copy of the value under the first {@code keyLength} bytes of {@code key}, or null. */
    public byte[] get(byte[] key, int keyLength) {
        ReadView held = held();
        try {
            return held.get(key, keyLength);
        } finally {
            held.release();
        }
    }

    /** A walk as {@link ByteStore#scan}; nothing changes under it. It may outlive the snapshot. */
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        ReadView held = held();
        try {
            return held.scan(from, to, reverse);
        } finally {
            held.release();
        }
    }

    private synchronized ReadView held() {
        if (view == null) {
            throw new IllegalStateException("the snapshot is closed");
        }
        view.hold();
        return view;
    }

    /** Reads these tables from now on, if they hold exactly the same. Takes over the caller's hold on them. */
    synchronized void settle(TableSet tables) throws IOException {
        if (view == null || view.lastMemtable() != tables.flushedMemtables) {
            tables.release();
            return;
        }
        ReadView old = view;
        view = old.on(tables);
        old.release();
    }

    /** Any thread; a second time does nothing. */
    @Override
    public synchronized void close() {
        if (view != null) {
            view.release();
            view = null;
            onClose.run();
        }
    }
}
