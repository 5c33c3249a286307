package dev.henge.resp.command;

import dev.henge.resp.codec.Request;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Every command that Redis 7.0 has and every one of Henge's own, found by name.
 *
 * <p>The rows of {@code redis-commands.tsv} are the one declaration that routing, COMMAND, ACL and the documentation
 * are fed by. Filled while a node is put together, and only read from then on.
 *
 * @param <H> what executes a command
 */
public final class CommandTable<H> {
    private static final String RESOURCE = "redis-commands.tsv";

    private final List<CommandSpec<H>> commands = new ArrayList<>();
    private final CommandIndex<H> index = new CommandIndex<>();

    /** Makes a table of no commands. */
    public CommandTable() {
    }

    /** Makes a table of Redis's commands, with no handler bound. */
    public static <H> CommandTable<H> redis() {
        CommandTable<H> table = new CommandTable<>();
        Declared.ROWS.forEach(table::add);
        return table;
    }

    /** The declared rows, read once a process; they never change. */
    private static final class Declared {
        static final List<CommandRow> ROWS = read();
    }

    private static List<CommandRow> read() {
        try (InputStream in = CommandTable.class.getResourceAsStream(RESOURCE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            if (!CommandRow.HEADER.equals(lines.readLine())) {
                throw new IllegalStateException(RESOURCE + " has other columns than " + CommandRow.HEADER);
            }
            return lines.lines().filter(line -> !line.isBlank()).map(CommandRow::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a command; a subcommand's container must be there. */
    public CommandSpec<H> add(CommandSpec<H> spec) {
        int bar = spec.name().indexOf('|');
        if (bar >= 0) {
            CommandSpec<H> parent = lookup(spec.name().substring(0, bar));
            if (parent == null) {
                throw new IllegalArgumentException("no container for " + spec.name());
            }
            parent.adopt(spec);
            return spec;
        }
        if (lookup(spec.name()) != null) {
            throw new IllegalArgumentException("command " + spec.name() + " is there already");
        }
        commands.add(spec);
        index.add(spec);
        return spec;
    }

    /** Adds a command of a row. */
    public CommandSpec<H> add(CommandRow row) {
        return add(new CommandSpec<>(row));
    }

    /** Adds a container for subcommands of one's own. */
    public CommandSpec<H> addContainer(String name, String group) {
        return add(CommandSpec.container(name, -2, group));
    }

    /**
     * Binds what executes a command: {@code GET}, {@code CLIENT ID} or {@code client|id}.
     *
     * @throws IllegalArgumentException if there is no such command, or if it is bound
     */
    public CommandSpec<H> bind(String name, H handler) {
        CommandSpec<H> spec = lookup(name);
        if (spec == null) {
            throw new IllegalArgumentException("no command " + name);
        }
        if (spec.handler() != null) {
            throw new IllegalArgumentException("command " + name + " has a handler already");
        }
        spec.bind(java.util.Objects.requireNonNull(handler));
        return spec;
    }

    /**
     * Finds the command of a request, or the subcommand if it names a container and has a second argument.
     *
     * @return null if there is none; {@link #unknown} words the reply
     */
    public CommandSpec<H> lookup(Request request) {
        byte[] buffer = request.buffer();
        CommandSpec<H> spec = index.find(buffer, request.offset(0), request.length(0));
        if (spec == null || !spec.isContainer() || request.argCount() == 1) {
            return spec;
        }
        return spec.subcommand(buffer, request.offset(1), request.length(1));
    }

    /** Finds a command by its name in any case: {@code get}, {@code CLIENT ID} or {@code client|id}; or null. */
    public CommandSpec<H> lookup(String name) {
        int bar = Math.max(name.indexOf('|'), name.indexOf(' '));
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        CommandSpec<H> spec = index.find(bytes, 0, bar < 0 ? bytes.length : bar);
        return bar < 0 || spec == null ? spec : spec.subcommand(bytes, bar + 1, bytes.length - bar - 1);
    }

    /** The error that a request gets for which {@link #lookup} found nothing, or nothing that is implemented. */
    public String unknown(Request request) {
        CommandSpec<H> container = index.find(request.buffer(), request.offset(0), request.length(0));
        if (container != null && container.isContainer() && container.implemented() && request.argCount() > 1) {
            return RedisErrors.unknownSubcommand(request.string(1), request.string(0).toUpperCase(Locale.ROOT));
        }
        return RedisErrors.unknownCommand(request);
    }

    /** All commands that are not subcommands, in the order declared. */
    public List<CommandSpec<H>> commands() {
        return Collections.unmodifiableList(commands);
    }

    /** Hands over every implemented command, each container before its subcommands. */
    public void forEachImplemented(Consumer<CommandSpec<H>> action) {
        for (CommandSpec<H> spec : commands) {
            if (spec.implemented()) {
                action.accept(spec);
                spec.subcommands().stream().filter(CommandSpec::implemented).forEach(action);
            }
        }
    }
}
