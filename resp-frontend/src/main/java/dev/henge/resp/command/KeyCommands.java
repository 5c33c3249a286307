package dev.henge.resp.command;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.KeyDump;

/** The commands on keys of any type. */
final class KeyCommands {

  private KeyCommands() {}

  static void register(CommandBinder b) {
    b.bind("COPY", KeyCommands::copy);
    b.bind("DEL", KeyCommands::del);
    b.bind("EXISTS", c -> existing(c, false));
    b.bind("RENAME", KeyCommands::rename);
    b.bind("RENAMENX", KeyCommands::renamenx);
    b.bind("TOUCH", c -> existing(c, true));
    b.bind("TYPE", c -> c.out().simple(c.peek(1).type().redisName()));
    b.bind("UNLINK", KeyCommands::del);
  }

  /**
   * The commands by which a key's whole content is read and written: no client's, so without a row in the command
   * table. HENGE.ROOM does nothing; but a node at its limit refuses it.
   */
  static void registerInternal(CommandBinder b) {
    b.bind("HENGE.DUMP", c -> c.out().bulk(KeyDump.of(c.keyspace(), c.head(1))));
    b.bind("HENGE.RESTORE", KeyCommands::restore);
    b.bind("HENGE.ROOM", c -> c.out().ok());
  }

  private static void del(CommandContext c) {
    long deleted = 0;
    for (int i = 1; i < c.argCount(); i++) {
      deleted += c.keyspace().delete(c.head(i)) ? 1 : 0;
    }
    c.out().integer(deleted);
  }

  private static void existing(CommandContext c, boolean used) {
    long existing = 0;
    for (int i = 1; i < c.argCount(); i++) {
      existing += (used ? c.head(i) : c.peek(i)).exists() ? 1 : 0;
    }
    c.out().integer(existing);
  }

  // ---------------------------------------------------------------- from key to key

  private static void rename(CommandContext c) {
    Head source = source(c);
    if (!c.request().same(1, 2)) {
      move(c, source, c.head(2));
    }
    c.out().ok();
  }

  private static void renamenx(CommandContext c) {
    Head source = source(c);
    Head target = c.head(2);
    boolean free = !target.exists();
    if (free) {
      move(c, source, target);
    }
    c.out().integer(free ? 1 : 0);
  }

  private static Head source(CommandContext c) {
    Head source = c.head(1);
    if (!source.exists()) {
      throw new CommandException(RedisErrors.NO_SUCH_KEY);
    }
    return source;
  }

  private static void move(CommandContext c, Head source, Head target) {
    KeyDump.restore(c.keyspace(), target, new ByteReader(KeyDump.of(c.keyspace(), source)));
    c.keyspace().delete(source);
  }

  private static void copy(CommandContext c) {
    int targetDb = c.db();
    boolean replace = false;
    for (int i = 3; i < c.argCount(); i++) {
      if (c.request().is(i, "REPLACE")) {
        replace = true;
      } else if (c.request().is(i, "DB") && i + 1 < c.argCount()) {
        targetDb = database(c, ++i);
      } else {
        throw new CommandException(RedisErrors.SYNTAX);
      }
    }
    if (targetDb == c.db() && c.request().same(1, 2)) {
      throw new CommandException(RedisErrors.SAME_OBJECT);
    }
    Head source = c.head(1);
    Head target = c.head(targetDb, 2);
    boolean copies = source.exists() && (replace || !target.exists());
    if (copies) {
      KeyDump.restore(c.keyspace(), target, new ByteReader(KeyDump.of(c.keyspace(), source)));
    }
    c.out().integer(copies ? 1 : 0);
  }

  private static int database(CommandContext c, int i) {
    long db = c.argLong(i);
    if (db != (int) db) {
      throw new CommandException(RedisErrors.notBetween(Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    if (db < 0 || db >= c.keyspace().dbs()) {
      throw new CommandException(RedisErrors.DB_OUT_OF_RANGE);
    }
    return (int) db;
  }

  private static void restore(CommandContext c) {
    try {
      KeyDump.restore(c.keyspace(), c.head(1), new ByteReader(c.arg(2)));
    } catch (FormatException e) {
      throw new CommandException("ERR Bad data format");
    }
    c.out().ok();
  }
}
