package dev.henge.node.cli;

import dev.henge.node.SettingException;
import dev.henge.node.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The root of the commands: {@code henge VERB}. Wrong usage is exit status 2, a failure 1. */
@Command(name = "henge", mixinStandardHelpOptions = false, sortOptions = false,
        header = "Henge: a Redis-protocol database that has no leader to lose.",
        footer = {"", "Each command explains itself: henge up --help. A first ring: henge up",
        "To break rings, with the sources: henge simulate --help, henge chaos --help"})
public final class Shell implements Runnable {
    public static final int STATUS_FAILED = 1;
    public static final int STATUS_USAGE = 2;

    @Spec
    private CommandSpec spec;

    @CommandLine.Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    @CommandLine.Option(names = {"-V", "--version"}, versionHelp = true,
            description = "Show the version of Henge and of the JVM.")
    private boolean version;

    private Shell() {
    }

    /** Runs the command that the words name; returns the exit status. */
    public static int run(Context context, String... words) {
        return commandLine(context).execute(words);
    }

    static CommandLine commandLine(Context context) {
        CommandLine shell = new CommandLine(new Shell());
        shell.getCommandSpec().version(VersionCommand.line());
        shell.addSubcommand(new UpCommand(context));
        shell.addSubcommand(new StatusCommand(context));
        shell.addSubcommand(new DownCommand(context));
        shell.addSubcommand(new JoinCommand(context));
        StagingCommands.addTo(shell, context);
        TransferCommands.addTo(shell, context);
        DrainCommands.addTo(shell, context);
        shell.addSubcommand(new RestartCommand(context));
        shell.addSubcommand("node", NodeCommand.spec(context));
        shell.addSubcommand(new BackupCommand(context));
        shell.addSubcommand(new RestoreCommand(context));
        shell.addSubcommand(new CheckCommand(context));
        shell.addSubcommand(new BenchCommand(context));
        shell.addSubcommand(new VersionCommand(context));
        shell.addSubcommand(new CommandLine.HelpCommand());
        shell.setOut(new PrintWriter(context.out(), true));
        shell.setErr(new PrintWriter(context.err(), true));
        shell.setUsageHelpAutoWidth(true);
        shell.setParameterExceptionHandler((wrong, arguments) -> usage(context, wrong));
        shell.setExecutionExceptionHandler((failure, command, parsed) -> failed(context, failure, command, parsed));
        return shell;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int usage(Context context, ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        String message = wrong.getMessage().lines().findFirst().orElse("wrong usage");
        if (wrong instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            message = unmatched(command, unmatched.getUnmatched().get(0));
        }
        String name = command.getCommandSpec().qualifiedName();
        context.err().println(name + ": " + message + " (" + name + " --help)");
        return STATUS_USAGE;
    }

    private static String unmatched(CommandLine command, String word) {
        boolean flag = word.startsWith("-");
        List<String> known = new ArrayList<>();
        if (flag) {
            command.getCommandSpec().options().forEach(option -> known.add(option.longestName()));
        } else {
            known.addAll(command.getSubcommands().keySet());
        }
        String bare = word.replaceAll("=.*", "");
        String what = flag ? "unknown option " : known.isEmpty() ? "unexpected word " : "unknown command ";
        return what + bare + (known.isEmpty() ? "" : "; did you mean " + Settings.nearest(bare, known) + "?");
    }

    private static int failed(Context context, Exception failure, CommandLine command, ParseResult parsed)
            throws Exception {
        String name = command.getCommandSpec().qualifiedName();
        if (failure instanceof SettingException) {
            context.err().println(name + ": " + failure.getMessage());
            return STATUS_USAGE;
        }
        if (failure instanceof Failure known) {
            context.err().println(name + ": " + known.getMessage());
            return known.status();
        }
        if (failure instanceof IOException) {
            context.err().println(name + ": " + failure);
            return STATUS_FAILED;
        }
        throw failure;
    }
}
