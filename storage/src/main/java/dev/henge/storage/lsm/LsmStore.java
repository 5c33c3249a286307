package dev.henge.storage.lsm;

import java.nio.file.Path;

/** A durable {@link ByteStore}: commit log, memtable, tables. */
public final class LsmStore implements ByteStore, AutoCloseable {

    private LsmStore() {
    }

    /** Opens or creates the store in the directory and replays the log's tail through {@link LsmListener#replay}. */
    public static LsmStore open(Path dir, LsmOptions options, LsmListener listener) {
        throw new UnsupportedOperationException("not written yet");
    }

    /** Buffers one record for the commit log and returns its position. */
    public long append(byte[] record, int offset, int length) {
        throw new UnsupportedOperationException("not written yet");
    }

    /** Ends a turn: writes what was appended, wakes the syncer, freezes the memtable when it is full. */
    public void endTurn() {
        throw new UnsupportedOperationException("not written yet");
    }

    public long appendedPosition() {
        throw new UnsupportedOperationException("not written yet");
    }

    public long writtenPosition() {
        throw new UnsupportedOperationException("not written yet");
    }

    public long syncedPosition() {
        throw new UnsupportedOperationException("not written yet");
    }

    /** The record at a position that {@link #append} returned; null if its segment is gone. */
    public byte[] readRecord(long position) {
        throw new UnsupportedOperationException("not written yet");
    }

    /** The position of the first record still in the log. */
    public long oldestPosition() {
        throw new UnsupportedOperationException("not written yet");
    }

    /** True once a write or a sync has failed: appends throw {@link StoreFailedException}, reads go on. */
    public boolean failed() {
        throw new UnsupportedOperationException("not written yet");
    }

    /** Why the store failed, or null. */
    public String failure() {
        throw new UnsupportedOperationException("not written yet");
    }

    public LsmStats stats() {
        throw new UnsupportedOperationException("not written yet");
    }

    /** Flushes the whole memtable, so that the next open replays nothing. */
    public void checkpoint() {
        throw new UnsupportedOperationException("not written yet");
    }

    @Override
    public byte[] get(byte[] key, int keyLength) {
        throw new UnsupportedOperationException("not written yet");
    }

    @Override
    public void put(byte[] key, int keyLength, byte[] value, int valueOffset, int valueLength) {
        throw new UnsupportedOperationException("not written yet");
    }

    @Override
    public void delete(byte[] key, int keyLength) {
        throw new UnsupportedOperationException("not written yet");
    }

    @Override
    public ByteCursor scan(byte[] from, byte[] to, boolean reverse) {
        throw new UnsupportedOperationException("not written yet");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("not written yet");
    }
}
