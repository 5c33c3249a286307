package dev.henge.node;

/** Where a node comes from: the seam between the command line and the node's assembly. */
@FunctionalInterface
public interface NodeFactory {
    /**
     * Starts a node; returns once it listens.
     *
     * @throws Exception if it cannot start; the message is shown to the operator
     */
    RunningNode start(NodeConfig config) throws Exception;
}
