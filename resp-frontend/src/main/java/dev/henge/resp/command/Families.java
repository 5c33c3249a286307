package dev.henge.resp.command;

import java.util.function.LongSupplier;

/** All families of commands on keys, in one place. */
public final class Families {

  private Families() {}

  /** With Redis's limits. */
  public static void registerAll(CommandBinder b) {
    registerAll(b, () -> StringCommands.STRING_BYTES_MAX);
  }

  /**
   * @param stringBytesMax the greatest length that a command may give a string, in bytes: the setting
   * proto-max-bulk-len
   */
  public static void registerAll(CommandBinder b, LongSupplier stringBytesMax) {
    StringCommands.register(b, stringBytesMax);
    KeyCommands.register(b);
    ObjectCommands.register(b);
    ExpiryCommands.register(b);
    HashCommands.register(b);
    SetCommands.register(b);
    ListCommands.register(b);
    SortedSetCommands.register(b);
  }

  /** The commands that only nodes send one another; the command table has no rows for them. */
  public static void registerInternal(CommandBinder b) {
    KeyCommands.registerInternal(b);
    ListCommands.registerInternal(b);
  }
}
