package dev.henge.gossip.wire;

/**
 * Another node as it introduced itself on a connection.
 *
 * @param id        its name, unique in the cluster
 * @param bootEpoch names one run of its process: another value means that it was restarted
 * @param process   tells apart two processes with one boot epoch; 0 if the peer is too old to say
 * @param loop      which of its loops the connection ends at
 * @param loops     how many loops it has
 * @param version   the protocol version agreed on
 */
public record Peer(String id, long bootEpoch, long process, int loop, int loops, int version) {
    /** Whether this is the process of an earlier start than the other: the one that a restart has replaced. */
    boolean startedBefore(Peer other) {
        if (bootEpoch != other.bootEpoch) {
            return bootEpoch < other.bootEpoch;
        }
        return process != 0 && process < other.process;
    }
}
