package dev.henge.resp.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The text of docs/commands.md, made from a table of commands with its handlers bound. */
public final class CommandsPage {
    private static final String HEAD = """
            # Commands

            <!-- Generated from the command table; rewrite with
                 mvn -pl resp-frontend -am test -Dtest=CommandsPageTest -Dsurefire.failIfNoSpecifiedTests=false \
            -Dhenge.regenerate=true -->

            The commands of Redis 7.0 and Henge's own, by group. Arity counts the name; a negative one is the least.
            Complexity is as Redis documents it. Henge answers as redis-server 7.0.15 does except where the last column
            says otherwise; what has no ✓ gets Redis's error for an unknown command. What is marked *unique* hands out or excludes:
            with `policy unique-safe` it is refused (`NOREPLICAS`) where a vnode is not served exclusively.
            *blind*: may be executed by a node that can reach no owner of the key.
            """;

    private static final String MOVES = "between vnodes the element is pushed before it is taken away: for a moment it "
            + "stands in both lists";

    /** What differs in Henge, by the command's name as the table has it. */
    private static final Map<String, String> NOTES = Map.ofEntries(
            Map.entry("client|kill", "connections of clients only; nodes do not connect as clients"),
            Map.entry("client|list", "buffers that Henge does not have are 0; `lib-name`, `lib-ver` as Redis 7.2"),
            Map.entry("client|reply", "ON and OFF; SKIP is refused"),
            Map.entry("client|setinfo", "as Redis 7.2"),
            Map.entry("client|no-touch", "as Redis 7.2; without effect: every use of a key counts"),
            Map.entry("client|no-evict", "without effect, since no client is evicted"),
            Map.entry("config|get", "Henge's settings under its own names and Redis's; see configuration.md"),
            Map.entry("config|set", "what configuration.md marks *live*; lasts until the node stops"),
            Map.entry("config|rewrite", "always the error for a server without a configuration file"),
            Map.entry("cluster|slots", "any node answers for any key; MOVED is sent where HENGE.REDIRECT asked for it, ASK "
                    + "never; a range's first node is the acting primary as this node sees it"),
            Map.entry("cluster|shards", "a shard is all slots with the same owners in the same order"),
            Map.entry("cluster|nodes", "every node is a master of the slots that it serves as acting primary"),
            Map.entry("cluster|info", "`henge_ring_fingerprint`, `henge_vnodes_served`, `henge_vnodes_ready` besides"),
            Map.entry("cluster|countkeysinslot", "0 for a slot that this node does not own"),
            Map.entry("cluster|getkeysinslot", "none of a slot that this node does not own"),
            Map.entry("cluster|meet",
                    "stages that the node which waits there gets vnodes; see HENGE.CLUSTER PLAN and COMMIT"),
            Map.entry("cluster|forget", "drops a node that owns nothing; others are refused"),
            Map.entry("readonly", "without effect: every node reads through the owners"),
            Map.entry("readwrite", "without effect"),
            Map.entry("asking", "without effect: ASK is never sent"),
            Map.entry("select", "databases are there in cluster mode too"),
            Map.entry("hello", "`mode` is cluster unless cluster-enabled is no"),
            Map.entry("auth", "one user, default, whose password is requirepass"),
            Map.entry("info", "sections Henge and those of the node's parts besides; no command or latency statistics"),
            Map.entry("time", "to the millisecond"),
            Map.entry("slowlog|get", "always empty"),
            Map.entry("slowlog|len", "always 0"),
            Map.entry("latency|latest", "always empty"),
            Map.entry("latency|history", "always empty"),
            Map.entry("latency|reset", "always 0"),
            Map.entry("module|list", "always empty"),
            Map.entry("henge.backup|start", "a backup of the node that is asked; see operations.md"),
            Map.entry("henge.backup|status", "a map: state, target, bytes_done, bytes_total, files, error, seconds"),
            Map.entry("henge.cluster|commit", "what is staged becomes the ring's goal; see operations.md"),
            Map.entry("henge.cluster|drained", "1 once a drain has done what it can, else 0"),
            Map.entry("henge.cluster|nodes",
                    "maps: id, host, ports, zone, weight, standing, alive, vnodes owned and due"),
            Map.entry("henge.cluster|plan",
                    "a map: changes, warnings, what would move, nodes (maps) before and after"),
            Map.entry("henge.cluster|transfers", "a map: state, rate, vnodes, bytes and seconds left, nodes (maps)"),
            Map.entry("henge.cluster|throttle", "of every node, until it is set anew; a size such as 10mb, 0 for no limit"),
            Map.entry("henge.cluster|weight", "in hundredths of a normal node"),
            Map.entry("lmove", MOVES),
            Map.entry("rpoplpush", MOVES),
            Map.entry("henge.consistency", "W and R of this connection; see consistency.md"),
            Map.entry("henge.redirect", "MOVED instead of forwarding, for this connection"),
            Map.entry("henge.session", "a token of what this connection saw, or goes on from one"),
            Map.entry("henge.key", "owners, mode, clock and versions, in words"),
            Map.entry("henge.rows", "the part of HENGE.KEY that the acting primary tells"),
            Map.entry("henge.siblings", "a map: type, siblings (maps), complete"),
            Map.entry("henge.vnode", "a map: mode, clock, owners (maps) and what they lack"),
            Map.entry("wait", "counts other owners of every vnode that the connection wrote to, the least of them; waits an hour "
                    + "at most, also with 0"),
            Map.entry("waitaof", "as Redis 7.2: owners whose log is synced; waits an hour at most, also with 0"),
            Map.entry("lolwut", "the version only"));

    private CommandsPage() {
    }

    /** The whole page. */
    public static String text(CommandTable<?> table) {
        Map<String, List<CommandSpec<?>>> groups = new TreeMap<>();
        int implemented = 0;
        int all = 0;
        for (CommandSpec<?> spec : everyOne(table)) {
            groups.computeIfAbsent(spec.row().group(), group -> new ArrayList<>()).add(spec);
            implemented += spec.handler() != null ? 1 : 0;
            all++;
        }
        StringBuilder page = new StringBuilder(HEAD);
        page.append("Of ").append(all).append(" commands and subcommands Henge has ").append(implemented)
                .append(".\n");
        groups.forEach((group, specs) -> {
            page.append("\n## ").append(group).append("\n\n| command | | arity | complexity | in Henge |\n")
                    .append("|---|---|---|---|---|\n");
            specs.sort(Comparator.comparing(CommandSpec::name));
            specs.forEach(spec -> row(page, spec));
        });
        return page.toString();
    }

    /** The notes' names that the table does not have: a note about nothing is a mistake. */
    static List<String> notesAboutNothing(CommandTable<?> table) {
        return NOTES.keySet().stream().filter(name -> table.lookup(name) == null).sorted().toList();
    }

    /** All that can be executed: containers only if they execute by themselves. */
    private static List<CommandSpec<?>> everyOne(CommandTable<?> table) {
        List<CommandSpec<?>> specs = new ArrayList<>();
        for (CommandSpec<?> spec : table.commands()) {
            if (!spec.isContainer() || spec.handler() != null) {
                specs.add(spec);
            }
            specs.addAll(spec.subcommands());
        }
        return specs;
    }

    private static String note(CommandSpec<?> spec) {
        List<String> notes = new ArrayList<>();
        notes.add(spec.uniqueness().mark().isEmpty() ? "" : "*" + spec.uniqueness().mark() + "*");
        notes.add(BlindWrites.has(spec.name()) ? "*blind*" : "");
        notes.add(NOTES.getOrDefault(spec.name(), ""));
        notes.removeIf(String::isEmpty);
        return String.join("; ", notes);
    }

    private static void row(StringBuilder page, CommandSpec<?> spec) {
        String name = spec.name().toUpperCase(Locale.ROOT).replace('|', ' ');
        page.append("| `").append(name).append("` | ").append(spec.handler() == null ? " " : "✓").append(" | ")
                .append(spec.arity()).append(" | ").append(spec.row().complexity().replace("|", "\\|"))
                .append(" | ").append(note(spec)).append(" |\n");
    }
}
