package dev.henge.node.cli;

import dev.henge.node.NodeCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge check}: what is damaged in a stopped node's files, or in a backup. */
@Command(name = "check", sortOptions = false, description = {
    "Check the files of a stopped node, of all nodes of a stopped ring, or of a backup.",
    "Reads every byte and changes none. Exit status 0: sound; 1: damaged; 2: could not be checked."})
final class CheckCommand implements Callable<Integer> {
    private static final int STATUS_UNCHECKED = 2;

    private final Context context;

    @Parameters(index = "0", paramLabel = "DIR",
            description = "A node's directory, one of henge up, or what henge backup has written.")
    private Path dir;

    @Option(names = "--deep", description = "Count the rows of every key, too.")
    private boolean deep;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    CheckCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try {
            NodeCheck check = new NodeCheck(deep);
            for (Path part : parts()) {
                if (new NodeDirectory(part).isHeld()) {
                    throw new Failure(STATUS_UNCHECKED, part + " is in use by a node; stop it first");
                }
                check.check(part);
            }
            return report(check);
        } catch (IOException | IllegalStateException e) {
            throw new Failure(STATUS_UNCHECKED, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /** The directory, or those in it that are a node's, or a node's backup. */
    private List<Path> parts() throws IOException {
        if (!Files.isDirectory(dir)) {
            throw new Failure(STATUS_UNCHECKED, dir + " is no directory");
        }
        if (NodeCheck.kindOf(dir) != NodeCheck.Kind.NOTHING) {
            return List.of(dir);
        }
        List<Path> entries;
        try (Stream<Path> there = Files.list(dir)) {
            entries = there.filter(Files::isDirectory).sorted().collect(Collectors.toList());
        }
        List<Path> parts = new ArrayList<>();
        for (Path entry : entries) {
            if (NodeCheck.kindOf(entry) != NodeCheck.Kind.NOTHING) {
                parts.add(entry);
            }
        }
        if (parts.isEmpty()) {
            throw new Failure(STATUS_UNCHECKED, dir + " has nothing of a node's in it");
        }
        return parts;
    }

    private int report(NodeCheck check) {
        check.faults().forEach(fault -> context.out().println("damaged  " + fault));
        check.notes().forEach(note -> context.out().println("note     " + note));
        context.out().println("checked  " + check.summary());
        long more = check.faultCount() - check.faults().size();
        context.out().println(check.faultCount() == 0 ? "sound" : check.faultCount() + (check.faultCount() == 1 ? " fault" : " faults")
                + (more > 0 ? ", " + more + " of them not shown" : ""));
        return check.faultCount() == 0 ? 0 : Shell.STATUS_FAILED;
    }
}
