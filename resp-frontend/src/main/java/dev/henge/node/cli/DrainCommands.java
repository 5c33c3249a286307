package dev.henge.node.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge drain} and {@code henge undrain}: a node hands over what it serves, before it is stopped. */
final class DrainCommands {
    private static final long LOOK_MILLIS = 100;

    private DrainCommands() {
    }

    static void addTo(CommandLine shell, Context context) {
        shell.addSubcommand(new Drain(context));
        shell.addSubcommand(new Undrain(context));
    }

    /** Has the node that is asked drained; false if it was not done in time. */
    static boolean drain(RingContact node, int timeoutSeconds) throws IOException, InterruptedException {
        node.tell("DRAIN");
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        while (!node.drained()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return true;
    }

    /** What both do. */
    private abstract static class Verb implements Callable<Integer> {
        final Context context;

        @Parameters(index = "0", arity = "0..1", paramLabel = "NODE", description = StagingCommands.NODE)
        private String named;

        @Mixin
        final RingOptions options = new RingOptions();

        Verb(Context context) {
            this.context = context;
        }

        /** The connection to the very node that is meant. */
        RingContact node() throws IOException {
            if (named == null) {
                Optional<RingDirectory.Shape> shape = options.directory().shape();
                if (options.node == null && (shape.isEmpty() || shape.get().members().size() != 1)) {
                    throw new Failure(Shell.STATUS_USAGE, "which node? Name one");
                }
                return options.contact(context);
            }
            RingDirectory directory = options.directory();
            if (RingContact.Place.parse(named).isPresent() || RingContact.number(directory, named).isPresent()) {
                return RingContact.open(context, directory, named);
            }
            try (RingContact any = options.contact(context)) {
                return RingContact.open(context, directory, any.placeOf(named));
            }
        }

        int told(RingContact node, boolean done, String words) {
            if (options.json) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("node", node.place().toString());
                fields.put("done", done);
                context.out().println(Json.of(fields));
            } else {
                context.out().println("node " + node.place() + "  " + words);
            }
            return done ? 0 : Shell.STATUS_FAILED;
        }
    }

    @Command(name = "drain", sortOptions = false, description = {
        "Have a node hand over all that others can serve, and wait until it has.",
        "It goes on as an owner, serves nothing until undrain or its next start, and can be stopped unnoticed."})
    private static final class Drain extends Verb {
        @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "60",
                description = "How long to wait (default: ${DEFAULT-VALUE}).")
        private int timeoutSeconds;

        Drain(Context context) {
            super(context);
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            try (RingContact node = node()) {
                boolean drained = drain(node, timeoutSeconds);
                return told(node, drained, drained ? "drained: it serves nothing; henge undrain ends that"
                        : "not all is handed over after " + timeoutSeconds + " s: it goes on; henge undrain ends it");
            }
        }
    }

    @Command(name = "undrain", sortOptions = false, description = "End a node's drain: it serves again.")
    private static final class Undrain extends Verb {
        Undrain(Context context) {
            super(context);
        }

        @Override
        public Integer call() throws IOException {
            try (RingContact node = node()) {
                node.tell("UNDRAIN");
                return told(node, true, "serves again");
            }
        }
    }
}
