package dev.henge.node.cli;

import dev.henge.node.NodeFactory;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What the commands take from the process they run in.
 *
 * @param environment variables of the process
 * @param nodes       starts the node of {@code henge node}
 * @param nodeCommand the words that start {@code henge node} in a process of its own, given the heap
 */
public record Context(
        PrintStream out, PrintStream err, Map<String, String> environment, NodeFactory nodes,
        Function<String, List<String>> nodeCommand) {
}
