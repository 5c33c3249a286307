package dev.henge.resp.command;

/**
 * A command whose keys all lie in one vnode: runs on the acting primary, on its rows, without waiting for anybody.
 *
 * <p>It checks its arguments and types before it writes anything; what is wrong is thrown as a {@link
 * CommandException}.
 */
@FunctionalInterface
public interface KeyCommand {
  void execute(CommandContext c);
}
