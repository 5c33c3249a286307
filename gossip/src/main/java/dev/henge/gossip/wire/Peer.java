package dev.henge.gossip.wire;

/**
 * Another node as it introduced itself on a connection.
 *
 * @param id        its name, unique in the cluster
 * @param bootEpoch names one run of its process: another value means that it was restarted
 * @param loop      which of its loops the connection ends at
 * @param loops     how many loops it has
 * @param version   the protocol version agreed on
 */
public record Peer(String id, long bootEpoch, int loop, int loops, int version) {}
