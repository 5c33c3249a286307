package dev.henge.storage.lsm;

/**
 * What of a commit log is kept for peers.
 *
 * @param oldestPosition where the log begins
 * @param neededFrom     records from here on may be lacked by a peer
 * @param heldByAll      segments deleted because every peer had them
 * @param droppedForSize segments deleted because the log was too large; a peer may have lacked them
 * @param droppedForAge  segments deleted because they were too old; a peer may have lacked them
 */
public record LogStanding(
        long oldestPosition, long neededFrom, long heldByAll, long droppedForSize, long droppedForAge) {
}
