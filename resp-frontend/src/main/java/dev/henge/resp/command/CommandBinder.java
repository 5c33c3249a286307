package dev.henge.resp.command;

/** Where the families hand in what their commands do. */
@FunctionalInterface
public interface CommandBinder {

  /** @param name as in the command table: {@code "GET"}; subcommands {@code "CLIENT ID"} */
  void bind(String name, KeyCommand command);
}
