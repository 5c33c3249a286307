package dev.henge.node;

/** A node that serves until it is closed or stops by itself. */
public interface RunningNode extends AutoCloseable {
    /**
     * Waits until the node has stopped, by {@link #close()} or by itself (SHUTDOWN).
     *
     * @throws RuntimeException if it stopped because it could not go on, as after a failed sync of the log
     */
    void awaitStopped() throws InterruptedException;

    /** Stops serving, forces the log to disk, gives everything back; returns when done. May be called twice. */
    @Override
    void close();
}
