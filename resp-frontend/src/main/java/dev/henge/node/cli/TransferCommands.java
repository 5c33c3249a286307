package dev.henge.node.cli;

import dev.henge.node.Sizes;
import dev.henge.ring.transfer.TransferStanding;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that look at a staged change, begin it, watch it, and hold it back. */
final class TransferCommands {
    static final int WIDTH_DEFAULT = 80;
    private static final long LOOK_MILLIS = 500;

    private TransferCommands() {
    }

    static void addTo(CommandLine shell, Context context) {
        shell.addSubcommand(new Plan(context));
        shell.addSubcommand(new Commit(context));
        shell.addSubcommand(new Transfers(context));
        shell.addSubcommand(new Throttle(context));
        shell.addSubcommand(new Pause(context));
        shell.addSubcommand(new Resume(context));
        shell.addSubcommand(new Cancel(context));
    }

    /** Watches until all is done, in the form that fits. */
    static void watch(Context context, RingContact ring, boolean json) throws IOException, InterruptedException {
        TransfersWatch.Form form = json ? TransfersWatch.Form.JSON
                : ProgressLine.isTerminal(ProgressLine.STANDARD_OUT) ? TransfersWatch.Form.TERMINAL
                : TransfersWatch.Form.LINES;
        new TransfersWatch(ring, context.out(), form, width(context), LOOK_MILLIS).untilDone();
    }

    private static int width(Context context) {
        String columns = context.environment().getOrDefault("COLUMNS", "");
        return columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : WIDTH_DEFAULT;
    }

    /** What all of them do. */
    private abstract static class Verb implements Callable<Integer> {
        final Context context;

        @Mixin
        final RingOptions options = new RingOptions();

        Verb(Context context) {
            this.context = context;
        }

        abstract void run(RingContact ring) throws IOException, InterruptedException;

        @Override
        public Integer call() throws IOException, InterruptedException {
            try (RingContact ring = options.contact(context)) {
                run(ring);
            }
            return 0;
        }

        /** Says how far transfers are. */
        void standing(RingContact ring, boolean bars) throws IOException {
            TransferStanding now = ring.transfers();
            TransfersText text = new TransfersText(ring.addresses(), width(context));
            if (options.json) {
                context.out().println(Json.of(text.fields(now)));
            } else if (bars) {
                text.lines(now).forEach(context.out()::println);
            } else {
                context.out().println(TransfersText.summary(now));
            }
        }
    }

    @Command(name = "plan", sortOptions = false,
            description = "Show what is staged: what moves, how long it takes, every node's load before and after.")
    private static final class Plan extends Verb {
        Plan(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException {
            PlanText plan = StagingCommands.plan(ring);
            if (options.json) {
                context.out().println(Json.of(plan.fields()));
            } else {
                plan.full().forEach(context.out()::println);
            }
        }
    }

    @Command(name = "commit", sortOptions = false,
            description = "Make what is staged the ring's goal: transfers begin. Asks nothing; henge plan comes first.")
    private static final class Commit extends Verb {
        @Option(names = "--watch", description = "Then watch the transfers until they are done.")
        private boolean watch;

        Commit(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException, InterruptedException {
            StagingCommands.told(context, ring, true, options.json, Map.of());
            if (watch) {
                watch(context, ring, options.json);
            }
        }
    }

    @Command(name = "transfers", sortOptions = false,
            description = "Show how far the ring is on its way to its goal.")
    private static final class Transfers extends Verb {
        @Option(names = "--watch", description = "Until it is done: bars on a terminal, else a line now and then.")
        private boolean watch;

        Transfers(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException, InterruptedException {
            if (watch) {
                watch(context, ring, options.json);
            } else {
                standing(ring, true);
            }
        }
    }

    @Command(name = "throttle", sortOptions = false, description = "Set how much each node takes at most.")
    private static final class Throttle extends Verb {
        @Parameters(index = "0", paramLabel = "RATE", description = "Bytes a second: 500kb, 10mb; none for no limit.")
        private String rate;

        Throttle(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException {
            ring.tell("THROTTLE", Long.toString(bytesPerSecond()));
            if (!options.json) {
                context.out().println("rate     " + TransfersText.limit(bytesPerSecond()));
            }
            standing(ring, false);
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            bytesPerSecond(); // a rate that is none is wrong usage, whether a node answers or not
            return super.call();
        }

        private long bytesPerSecond() {
            String bare = rate.toLowerCase(Locale.ROOT).replaceFirst("/s$", "");
            long bytes = bare.equals("none") ? 0 : Sizes.bytes(bare);
            if (bytes == Sizes.NOT_A_NUMBER) {
                throw new Failure(Shell.STATUS_USAGE, "'" + rate + "' is no rate: 500kb, 10mb, or none for no limit");
            }
            return bytes;
        }
    }

    @Command(name = "pause", sortOptions = false,
            description = "Stop the transfers for now; what has been begun stays as it is.")
    private static final class Pause extends Verb {
        Pause(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException {
            ring.tell("PAUSE");
            standing(ring, false);
        }
    }

    @Command(name = "resume", sortOptions = false, description = "Go on with paused transfers.")
    private static final class Resume extends Verb {
        Resume(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException {
            ring.tell("RESUME");
            standing(ring, false);
        }
    }

    @Command(name = "cancel", sortOptions = false,
            description = "Take the last commit back, while it is not done: what has moved moves back.")
    private static final class Cancel extends Verb {
        Cancel(Context context) {
            super(context);
        }

        @Override
        void run(RingContact ring) throws IOException {
            ring.tell("CANCEL");
            standing(ring, false);
        }
    }
}
