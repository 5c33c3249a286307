package dev.henge.resp.command;

/** All families of commands on keys, in one place. */
public final class Families {

  private Families() {}

  public static void registerAll(CommandBinder b) {
    HashCommands.register(b);
    SetCommands.register(b);
    SortedSetCommands.register(b);
  }
}
