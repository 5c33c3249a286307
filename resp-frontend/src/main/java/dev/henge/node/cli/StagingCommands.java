package dev.henge.node.cli;

import dev.henge.ring.transfer.RingPlan;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that stage a change of the ring: {@code henge leave} and its like. Nothing moves before a commit. */
final class StagingCommands {
    static final String NODE = "A node: its number in DIR, its address HOST:PORT, or its id or a beginning of it.";
    private static final double WEIGHT_MAX = 100;

    private StagingCommands() {
    }

    static void addTo(CommandLine shell, Context context) {
        shell.addSubcommand(new Leave(context));
        shell.addSubcommand(new Remove(context));
        shell.addSubcommand(new Replace(context));
        shell.addSubcommand(new Replicas(context));
        shell.addSubcommand(new Weight(context));
        shell.addSubcommand(new Unstage(context));
    }

    /** Says what is staged now, or commits it. */
    static void told(Context context, RingContact ring, boolean commit, boolean json, Map<String, Object> beside)
            throws IOException {
        PlanText plan = plan(ring);
        if (commit) {
            ring.tell("COMMIT");
        }
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>(beside);
            fields.put("committed", commit);
            fields.put("plan", plan.fields());
            context.out().println(Json.of(fields));
            return;
        }
        plan.brief().forEach(context.out()::println);
        if (commit) {
            context.out().println(
                    "Committed; henge transfers --watch shows how far it is, henge cancel takes it back.");
        } else if (!plan.isEmpty()) {
            context.out().println("henge plan shows every node, henge commit begins it, henge unstage forgets it.");
        }
    }

    static PlanText plan(RingContact ring) throws IOException {
        RingPlan plan = ring.plan();
        return new PlanText(plan, ring.transfers().bytesPerSecond(), ring.addresses());
    }

    /** What all of them do. */
    private abstract static class Staging implements Callable<Integer> {
        private final Context context;

        @Option(names = "--commit",
                description = "Commit at once, with all that is staged already.")
        private boolean commit;

        @Mixin
        private final RingOptions options = new RingOptions();

        Staging(Context context) {
            this.context = context;
        }

        abstract void stage(RingContact ring) throws IOException;

        @Override
        public Integer call() throws IOException {
            try (RingContact ring = options.contact(context)) {
                stage(ring);
                told(context, ring, commit, options.json, Map.of());
            }
            return 0;
        }
    }

    @Command(name = "leave", sortOptions = false, description = {
        "Stage that nodes hand over all that they own; once that is done they can be stopped.",
        "They must run. For nodes that are dead for good: henge remove."})
    private static final class Leave extends Staging {
        @Parameters(arity = "1..*", paramLabel = "NODE", description = NODE)
        private List<String> nodes;

        Leave(Context context) {
            super(context);
        }

        @Override
        void stage(RingContact ring) throws IOException {
            ring.tell("LEAVE", ring.named(nodes));
        }
    }

    @Command(name = "remove", sortOptions = false, description = {
        "Stage that nodes which are dead for good are replaced in all that they owned, by the others.",
        "A removed node never comes back with its old data."})
    private static final class Remove extends Staging {
        @Parameters(arity = "1..*", paramLabel = "NODE", description = NODE)
        private List<String> nodes;

        Remove(Context context) {
            super(context);
        }

        @Override
        void stage(RingContact ring) throws IOException {
            ring.tell("REMOVE", ring.named(nodes));
        }
    }

    @Command(name = "replace", sortOptions = false, description = {
        "Stage that NEW, which waits, gets just what OLD has; nothing else moves.",
        "If OLD is dead for good, stage henge remove OLD behind it, too: nobody waits for OLD then.",
        "henge join --waiting-only starts a node that waits."})
    private static final class Replace extends Staging {
        @Parameters(index = "0", paramLabel = "OLD", description = NODE)
        private String old;

        @Parameters(index = "1", paramLabel = "NEW", description = "The node that takes its place.")
        private String fresh;

        Replace(Context context) {
            super(context);
        }

        @Override
        void stage(RingContact ring) throws IOException {
            ring.tell("REPLACE", ring.named(old), ring.named(fresh));
        }
    }

    @Command(name = "replicas", sortOptions = false,
            description = "Stage another N: how many nodes own each vnode.")
    private static final class Replicas extends Staging {
        @Parameters(index = "0", paramLabel = "N", description = "From 1 to 7.")
        private int replicas;

        Replicas(Context context) {
            super(context);
        }

        @Override
        void stage(RingContact ring) throws IOException {
            ring.tell("REPLICAS", Integer.toString(replicas));
        }
    }

    @Command(name = "weight", sortOptions = false,
            description = "Stage another weight of a node: its share of the data, relative to a normal node.")
    private static final class Weight extends Staging {
        @Parameters(index = "0", paramLabel = "NODE", description = NODE)
        private String node;

        @Parameters(index = "1", paramLabel = "W", description = "1 is a normal node; from 0.01 to 100.")
        private double weight;

        Weight(Context context) {
            super(context);
        }

        @Override
        void stage(RingContact ring) throws IOException {
            long hundredths = Math.round(weight * 100);
            if (!(weight <= WEIGHT_MAX) || hundredths < 1) {
                throw new Failure(Shell.STATUS_USAGE,
                        "a weight is a number from 0.01 to 100, where 1 is a normal node");
            }
            ring.tell("WEIGHT", ring.named(node), Long.toString(hundredths));
        }
    }

    @Command(name = "unstage", sortOptions = false, description = "Forget what is staged.")
    private static final class Unstage implements Callable<Integer> {
        private final Context context;

        @Mixin
        private final RingOptions options = new RingOptions();

        Unstage(Context context) {
            this.context = context;
        }

        @Override
        public Integer call() throws IOException {
            try (RingContact ring = options.contact(context)) {
                ring.tell("UNSTAGE");
                told(context, ring, false, options.json, Map.of());
            }
            return 0;
        }
    }
}
