package dev.henge.node.bench;

import java.nio.ByteBuffer;

/** What one connection sends, pipeline by pipeline: the same bytes to either side, for the seed is the same. */
interface RequestStream {
    /** The most bytes of a pipeline. */
    int bytesMax();

    /** Puts the next pipeline and returns how many replies it gets; 0 if there is nothing left to send. */
    int put(ByteBuffer into);
}
