package dev.henge.resp.command;

import dev.henge.resp.codec.Request;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What is declared about one command or subcommand, and the handler that is bound to it, if any.
 *
 * @param <H> what executes a command
 */
public final class CommandSpec<H> {
    private final String name;
    private final CommandRow row;
    private final byte[] lookupName;
    private final boolean write;
    private final boolean readonly;
    private final boolean denyOom;
    private final Uniqueness uniqueness;
    private CommandSpec<H> parent;
    private final List<CommandSpec<H>> subcommands = new ArrayList<>();
    private final CommandIndex<H> subcommandIndex = new CommandIndex<>();
    private final KeyFinder keyFinder;
    private H handler;

    /** Makes a spec of a row; {@link CommandTable#add} gives it its parent. */
    public CommandSpec(CommandRow row) {
        this.row = row;
        this.name = row.name().toLowerCase(Locale.ROOT).replace(' ', '|');
        this.lookupName = name.substring(name.indexOf('|') + 1).toUpperCase(Locale.ROOT)
                .getBytes(StandardCharsets.ISO_8859_1);
        this.write = row.flags().contains(CommandFlag.WRITE);
        this.readonly = row.flags().contains(CommandFlag.READONLY);
        this.denyOom = row.flags().contains(CommandFlag.DENYOOM);
        this.uniqueness = Uniqueness.of(name);
        this.keyFinder = KeyFinder.of(name, row.keySpecs());
    }

    /** The name as Redis tells it: {@code get}, {@code client|id}. */
    public String name() {
        return name;
    }

    /** The container that this is a subcommand of, or null. */
    public CommandSpec<H> parent() {
        return parent;
    }

    /** The subcommands, implemented or not. */
    public List<CommandSpec<H>> subcommands() {
        return Collections.unmodifiableList(subcommands);
    }

    public boolean isContainer() {
        return !subcommands.isEmpty();
    }

    /** The number of arguments with the name; if negative, the least number. */
    public int arity() {
        return row.arity();
    }

    /** Whether a request of so many arguments is worth executing. */
    public boolean arityFits(int argCount) {
        return row.arity() >= 0 ? argCount == row.arity() : argCount >= -row.arity();
    }

    public Set<CommandFlag> flags() {
        return Collections.unmodifiableSet(row.flags());
    }

    public boolean has(CommandFlag flag) {
        return row.flags().contains(flag);
    }

    public boolean write() {
        return write;
    }

    public boolean readonly() {
        return readonly;
    }

    /** Whether it may need room, so that a node at its limit refuses it. */
    public boolean denyOom() {
        return denyOom;
    }

    /** Whether the reply must be unique, in some of its forms at least. */
    public Uniqueness uniqueness() {
        return uniqueness;
    }

    /** Whether the reply to this request must be unique. */
    public boolean unique(Request request) {
        return uniqueness.of(request);
    }

    /** All that the table's row says. */
    public CommandRow row() {
        return row;
    }

    /** What executes the command, or null. */
    public H handler() {
        return handler;
    }

    /** Whether a handler is bound, to it or to one of its subcommands. */
    public boolean implemented() {
        if (handler != null) {
            return true;
        }
        for (CommandSpec<H> sub : subcommands) {
            if (sub.implemented()) {
                return true;
            }
        }
        return false;
    }

    /** Whether any argument can be a key. */
    public boolean hasKeys() {
        return keyFinder.hasKeys();
    }

    /**
     * Finds the keys of a request for this command, as COMMAND GETKEYS does.
     *
     * @return their number; 0 too if the arguments make no sense, which the handler will then say
     */
    public int keys(Request request, KeyPositions into) {
        return keyFinder.find(request, into, false);
    }

    /** As {@link #keys}, with the shard channels of SPUBLISH and its like, which are routed as keys are. */
    public int keysAndChannels(Request request, KeyPositions into) {
        return keyFinder.find(request, into, true);
    }

    void bind(H to) {
        handler = to;
    }

    void adopt(CommandSpec<H> sub) {
        if (subcommandIndex.find(sub.lookupName, 0, sub.lookupName.length) != null) {
            throw new IllegalArgumentException("command " + sub.name + " is there already");
        }
        sub.parent = this;
        subcommands.add(sub);
        subcommandIndex.add(sub);
    }

    CommandSpec<H> subcommand(byte[] bytes, int offset, int length) {
        return subcommandIndex.find(bytes, offset, length);
    }

    byte[] lookupName() {
        return lookupName;
    }

    static <H> CommandSpec<H> container(String name, int arity, String group) {
        return new CommandSpec<>(new CommandRow(name, "", arity, EnumSet.noneOf(CommandFlag.class), 0, 0, 0, List.of(),
                "", group, "Depends on subcommand.", List.of("@slow"), List.of(), "", "", ""));
    }

    @Override
    public String toString() {
        return name;
    }
}
