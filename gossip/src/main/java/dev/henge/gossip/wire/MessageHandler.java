package dev.henge.gossip.wire;

/** Who is told what arrives; all calls come on the transport's one loop thread. */
public interface MessageHandler {
    /**
     * The first {@code count} of these have come and will be {@link #received} one after the other, unless the
     * connection ends meanwhile: a chance to bring what they need near, all together. Changes nothing. The array is the
     * caller's.
     */
    default void coming(Object[] messages, int count) {}

    /** A message, in the order its sender sent it. The message is the receiver's to keep. */
    void received(String fromId, Object message);

    /**
     * All messages of one socket read were delivered, or a connect or disconnect was told: the place to write the
     * log, and to call {@link Transport#flush}, once.
     */
    void turnEnded();

    /** Messages can be sent to the peer from now on; whatever was sent before and not confirmed may be lost. */
    void connected(String peerId);

    /**
     * The peer cannot be reached: its connection ended, or a new one was refused.
     *
     * @param refused its host answered that no process listens there, which proves the process dead; told at every
     *                refused attempt, whether or not there was a connection before
     */
    void disconnected(String peerId, boolean refused);
}
