package dev.henge.resp.command;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What COMMAND and its subcommands answer, in the shapes of Redis 7.0, for the commands that are implemented.
 *
 * <p>Summaries, argument trees and histories are not in the table; those optional entries are left out.
 */
public final class CommandIntrospection<H> {
    private static final List<String> HELP = List.of(
            "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "(no subcommand)",
            "    Return details about all Redis commands.",
            "COUNT",
            "    Return the total number of commands in this Redis server.",
            "LIST",
            "    Return a list of all commands in this Redis server.",
            "INFO [<command-name> ...]",
            "    Return details about multiple Redis commands.",
            "    If no command names are given, documentation details for all",
            "    commands are returned.",
            "DOCS [<command-name> ...]",
            "    Return documentation details about multiple Redis commands.",
            "    If no command names are given, documentation details for all",
            "    commands are returned.",
            "GETKEYS <full-command>",
            "    Return the keys from a full Redis command.",
            "GETKEYSANDFLAGS <full-command>",
            "    Return the keys and the access flags from a full Redis command.",
            "HELP",
            "    Prints this help.");

    /** Commands that servers and their tests send, not clients. */
    private static final Set<String> INTERNAL = Set.of("debug", "replconf", "pfselftest", "pfdebug", "restore-asking");

    private final CommandTable<H> table;

    public CommandIntrospection(CommandTable<H> table) {
        this.table = table;
    }

    /** COMMAND. */
    public void command(RespEncoder out) {
        List<CommandSpec<H>> implemented = implemented();
        out.array(implemented.size());
        for (CommandSpec<H> spec : implemented) {
            details(spec, out);
        }
    }

    /** COMMAND COUNT. */
    public void count(RespEncoder out) {
        out.integer(implemented().size());
    }

    /** COMMAND INFO [name ...]. */
    public void info(Request request, RespEncoder out) {
        if (request.argCount() == 2) {
            command(out);
            return;
        }
        out.array(request.argCount() - 2);
        for (int i = 2; i < request.argCount(); i++) {
            CommandSpec<H> spec = named(request.string(i));
            if (spec == null) {
                out.nullBulk();
            } else {
                details(spec, out);
            }
        }
    }

    /** COMMAND DOCS [name ...]. */
    public void docs(Request request, RespEncoder out) {
        List<CommandSpec<H>> specs = new ArrayList<>();
        if (request.argCount() == 2) {
            specs.addAll(implemented());
        }
        for (int i = 2; i < request.argCount(); i++) {
            CommandSpec<H> spec = named(request.string(i));
            if (spec != null) {
                specs.add(spec);
            }
        }
        out.map(specs.size());
        for (CommandSpec<H> spec : specs) {
            out.bulk(spec.name());
            documentation(spec, out);
        }
    }

    /** COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern]. */
    public void list(Request request, RespEncoder out) {
        Predicate<CommandSpec<H>> filter = spec -> true;
        if (request.argCount() != 2) {
            filter = request.argCount() == 5 && request.is(2, "FILTERBY") ? filter(request) : null;
            if (filter == null) {
                out.error(RedisErrors.SYNTAX);
                return;
            }
        }
        List<String> names = new ArrayList<>();
        Predicate<CommandSpec<H>> wanted = filter;
        table.forEachImplemented(spec -> {
            if (wanted.test(spec)) {
                names.add(spec.name());
            }
        });
        out.array(names.size());
        names.forEach(out::bulk);
    }

    private Predicate<CommandSpec<H>> filter(Request request) {
        if (request.is(3, "MODULE")) {
            return spec -> false;
        }
        if (request.is(3, "ACLCAT")) {
            String category = "@" + request.string(4).toLowerCase(Locale.ROOT);
            return spec -> spec.row().categories().contains(category);
        }
        if (request.is(3, "PATTERN")) {
            GlobPattern pattern = new GlobPattern(request.copy(4), true);
            return spec -> pattern.matches(spec.name());
        }
        return null;
    }

    /** COMMAND GETKEYS command [arg ...]. */
    public void getKeys(Request request, RespEncoder out) {
        keys(request, out, false);
    }

    /** COMMAND GETKEYSANDFLAGS command [arg ...]. */
    public void getKeysAndFlags(Request request, RespEncoder out) {
        keys(request, out, true);
    }

    private void keys(Request request, RespEncoder out, boolean withFlags) {
        Request command = request.tail(2);
        CommandSpec<H> spec = table.lookup(command);
        if (spec == null || !spec.implemented()) {
            out.error("ERR Invalid command specified");
        } else if (!spec.hasKeys()) {
            out.error("ERR The command has no key arguments");
        } else if (!spec.arityFits(command.argCount())) {
            out.error("ERR Invalid number of arguments specified for command");
        } else {
            KeyPositions keys = new KeyPositions();
            if (spec.keys(command, keys) == 0 && !spec.has(CommandFlag.NO_MANDATORY_KEYS)) {
                out.error("ERR Invalid arguments specified for command");
                return;
            }
            out.array(keys.count());
            for (int i = 0; i < keys.count(); i++) {
                if (withFlags) {
                    out.array(2);
                }
                int at = keys.position(i);
                out.bulk(command.buffer(), command.offset(at), command.length(at));
                if (withFlags) {
                    keyFlags(keys.flags(i), out);
                }
            }
        }
    }

    /** COMMAND HELP. */
    public void help(RespEncoder out) {
        out.array(HELP.size());
        HELP.forEach(out::simple);
    }

    private List<CommandSpec<H>> implemented() {
        return table.commands().stream().filter(CommandSpec::implemented).toList();
    }

    private static <H> List<CommandSpec<H>> implementedSubcommands(CommandSpec<H> spec) {
        return spec.subcommands().stream().filter(CommandSpec::implemented).toList();
    }

    private CommandSpec<H> named(String name) {
        CommandSpec<H> spec = name.indexOf(' ') >= 0 ? null : table.lookup(name);
        return spec != null && spec.implemented() ? spec : null;
    }

    private static <H> void details(CommandSpec<H> spec, RespEncoder out) {
        CommandRow row = spec.row();
        out.array(10);
        out.bulk(spec.name());
        out.integer(row.arity());
        simpleSet(row.flags().stream().map(CommandFlag::text).toList(), out);
        out.integer(row.firstKey());
        out.integer(row.lastKey());
        out.integer(row.step());
        simpleSet(row.categories(), out);
        out.set(row.tips().size());
        row.tips().forEach(out::bulk);
        out.set(row.keySpecs().size());
        row.keySpecs().forEach(keySpec -> keySpec(keySpec, out));
        List<CommandSpec<H>> subcommands = implementedSubcommands(spec);
        if (subcommands.isEmpty()) {
            out.set(0);
        } else {
            out.array(subcommands.size());
        }
        subcommands.forEach(sub -> details(sub, out));
    }

    private static void simpleSet(Collection<String> texts, RespEncoder out) {
        out.set(texts.size());
        texts.forEach(out::simple);
    }

    private static void keySpec(KeySpec spec, RespEncoder out) {
        out.map(3);
        out.bulk("flags");
        keyFlags(spec.flags(), out);
        out.bulk("begin_search");
        if (spec.begin() instanceof KeySpec.Index index) {
            typed("index", 1, out);
            entry("index", index.index(), out);
        } else if (spec.begin() instanceof KeySpec.Keyword keyword) {
            typed("keyword", 2, out);
            out.bulk("keyword");
            out.bulk(keyword.keyword());
            entry("startfrom", keyword.startFrom(), out);
        } else {
            typed("unknown", 0, out);
        }
        out.bulk("find_keys");
        if (spec.find() instanceof KeySpec.Range range) {
            typed("range", 3, out);
            entry("lastkey", range.lastKey(), out);
            entry("keystep", range.step(), out);
            entry("limit", range.limit(), out);
        } else if (spec.find() instanceof KeySpec.KeyNum keyNum) {
            typed("keynum", 3, out);
            entry("keynumidx", keyNum.keyNumIndex(), out);
            entry("firstkey", keyNum.firstKey(), out);
            entry("keystep", keyNum.step(), out);
        } else {
            typed("unknown", 0, out);
        }
    }

    private static void typed(String type, int entries, RespEncoder out) {
        out.map(2);
        out.bulk("type");
        out.bulk(type);
        out.bulk("spec");
        out.map(entries);
    }

    private static void entry(String key, int value, RespEncoder out) {
        out.bulk(key);
        out.integer(value);
    }

    private static void keyFlags(int flags, RespEncoder out) {
        out.set(Integer.bitCount(flags));
        for (KeyFlag flag : KeyFlag.values()) {
            if ((flags & flag.bit()) != 0) {
                out.simple(flag.text());
            }
        }
    }

    private static <H> void documentation(CommandSpec<H> spec, RespEncoder out) {
        CommandRow row = spec.row();
        int mark = out.mark();
        int pairs = entry("since", row.since(), out) + entry("group", row.group(), out)
                + entry("complexity", row.complexity(), out);
        if (INTERNAL.contains(spec.name())) {
            out.bulk("doc_flags");
            simpleSet(List.of("syscmd"), out);
            pairs++;
        }
        if (!row.deprecatedSince().isEmpty()) {
            out.bulk("doc_flags");
            simpleSet(List.of("deprecated"), out);
            pairs += 1 + entry("deprecated_since", row.deprecatedSince(), out)
                    + entry("replaced_by", row.replacedBy(), out);
        }
        List<CommandSpec<H>> subcommands = implementedSubcommands(spec);
        if (!subcommands.isEmpty()) {
            out.bulk("subcommands");
            out.map(subcommands.size());
            for (CommandSpec<H> sub : subcommands) {
                out.bulk(sub.name());
                documentation(sub, out);
            }
            pairs++;
        }
        out.mapAt(mark, pairs);
    }

    /** Writes an entry unless it is empty, and returns how many that made. */
    private static int entry(String key, String value, RespEncoder out) {
        if (value.isEmpty()) {
            return 0;
        }
        out.bulk(key);
        out.bulk(value);
        return 1;
    }
}
