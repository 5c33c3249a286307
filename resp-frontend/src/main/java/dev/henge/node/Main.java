package dev.henge.node;

import dev.henge.node.cli.Context;
import dev.henge.node.cli.Shell;
import dev.henge.storage.lsm.Niceness;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The process's entry: puts the node behind the commands and runs the one that was asked for. */
public final class Main {
    /** The virtual machine's optimizing compiler, as the system names its threads. */
    private static final String OPTIMIZER = "C2 CompilerThre";
    /**
     * What is compiled beside the loop runs as it is until then; what waits for its core keeps clients waiting. So
     * the compiler has a tenth of the share of a loop that wants the same core, and all that nobody wants.
     */
    private static final int OPTIMIZER_NICE = 10;

    private Main() {
    }

    /** Runs a command and ends the process with its status. */
    public static void main(String[] words) {
        System.exit(run(Main.class, Main::startNode, words));
    }

    private static RunningNode startNode(NodeConfig config) throws Exception {
        Niceness.ofThreadsNamed(OPTIMIZER, OPTIMIZER_NICE);
        return Node.start(config);
    }

    /** Runs a command of the process whose main class is given; returns the exit status. */
    public static int run(Class<?> mainClass, NodeFactory nodes, String... words) {
        return Shell.run(
                new Context(System.out, System.err, System.getenv(), nodes, nodeCommand(mainClass)), words);
    }

    /** The launcher script if it started us, for it knows the JVM's flags; else a JVM like this one. */
    private static Function<String, List<String>> nodeCommand(Class<?> mainClass) {
        String launcher = System.getProperty("henge.launcher");
        if (launcher != null) {
            return heap -> List.of(launcher, "node");
        }
        return heap -> {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-Xmx" + heap, "-cp", System.getProperty("java.class.path"), mainClass.getName(),
                    "node"));
            return command;
        };
    }
}
