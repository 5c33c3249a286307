package dev.henge.resp.command;

import dev.henge.resp.codec.RedisNumbers;
import dev.henge.storage.type.AccessSketch;
import dev.henge.storage.type.HashValue;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.SetValue;
import dev.henge.storage.type.SortedSetValue;
import dev.henge.storage.type.StringValue;

/**
 * OBJECT: what Redis tells of a value's insides. Here all values are rows; what is told is the encoding that Redis
 * 7.0 would likely
 * have chosen for the value with its settings as shipped, since clients and tests ask.
 */
final class ObjectCommands {

  private static final int EMBEDDED_BYTES_MAX = 44;
  private static final int INT_CHARS_MAX = 20;
  private static final int LISTPACK_ENTRIES_MAX = 128;
  private static final int LISTPACK_VALUE_BYTES_MAX = 64;
  private static final int INTSET_ENTRIES_MAX = 512;

  private static final String[] HELP = {
    "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "ENCODING <key>",
    "    Return the kind of internal representation used in order to store the value",
    "    associated with a <key>.",
    "FREQ <key>",
    "    Return the access frequency index of the <key>. The returned integer is",
    "    proportional to the logarithm of the recent access frequency of the key.",
    "IDLETIME <key>",
    "    Return the idle time of the <key>, that is the approximated number of",
    "    seconds elapsed since the last access to the key.",
    "REFCOUNT <key>",
    "    Return the number of references of the value associated with the specified",
    "    <key>.",
    "HELP",
    "    Prints this help.",
  };

  private static final String NO_FREQUENCIES =
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching "
          + "between policies at runtime LRU and LFU data will take some time to adjust.";

  private ObjectCommands() {}

  static void register(CommandBinder b) {
    b.bind("OBJECT ENCODING", ObjectCommands::encoding);
    b.bind("OBJECT FREQ", ObjectCommands::freq);
    b.bind("OBJECT HELP", ObjectCommands::help);
    b.bind("OBJECT IDLETIME", ObjectCommands::idleTime);
    b.bind("OBJECT REFCOUNT", c -> number(c, 1));
  }

  /** Known while an lru policy is set; else nobody keeps the time. */
  private static void idleTime(CommandContext c) {
    AccessSketch accesses = c.keyspace().accesses();
    number(c, accesses == null ? 0 : accesses.idleSeconds(c.peek(2).key()));
  }

  private static void number(CommandContext c, long value) {
    if (c.peek(2).exists()) {
      c.out().integer(value);
    } else {
      c.out().nullBulk();
    }
  }

  private static void freq(CommandContext c) {
    if (c.peek(2).exists()) {
      throw new CommandException(NO_FREQUENCIES);
    }
    c.out().nullBulk();
  }

  private static void help(CommandContext c) {
    c.out().array(HELP.length);
    for (String line : HELP) {
      c.out().simple(line);
    }
  }

  private static void encoding(CommandContext c) {
    Head head = c.peek(2);
    switch (head.type()) {
      case NONE -> c.out().nullBulk();
      case STRING -> c.out().bulk(ofString(new StringValue(c.keyspace(), head)));
      case LIST -> c.out().bulk("quicklist");
      case SET -> c.out().bulk(ofSet(new SetValue(c.keyspace(), head)));
      case ZSET -> c.out().bulk(ofSortedSet(new SortedSetValue(c.keyspace(), head)));
      case HASH -> c.out().bulk(ofHash(new HashValue(c.keyspace(), head)));
      case STREAM -> c.out().bulk("stream");
    }
  }

  private static String ofString(StringValue value) {
    int length = value.length();
    if (length <= INT_CHARS_MAX && isInteger(value.get())) {
      return "int";
    }
    return length <= EMBEDDED_BYTES_MAX ? "embstr" : "raw";
  }

  private static boolean isInteger(byte[] bytes) {
    return RedisNumbers.isLong(bytes, 0, bytes.length);
  }

  private static String ofSet(SetValue set) {
    if (set.size() > INTSET_ENTRIES_MAX) {
      return "hashtable";
    }
    boolean[] integers = {true};
    set.forEach(member -> integers[0] = isInteger(member));
    return integers[0] ? "intset" : "hashtable";
  }

  private static String ofHash(HashValue hash) {
    boolean[] small = {hash.size() <= LISTPACK_ENTRIES_MAX};
    if (small[0]) {
      hash.forEach((field, value) ->
          small[0] = field.length <= LISTPACK_VALUE_BYTES_MAX && value.length <= LISTPACK_VALUE_BYTES_MAX);
    }
    return small[0] ? "listpack" : "hashtable";
  }

  private static String ofSortedSet(SortedSetValue set) {
    boolean[] small = {set.size() <= LISTPACK_ENTRIES_MAX};
    if (small[0]) {
      set.byRank(0, LISTPACK_ENTRIES_MAX, false, (bytes, offset, length, score) ->
          small[0] = length <= LISTPACK_VALUE_BYTES_MAX);
    }
    return small[0] ? "listpack" : "skiplist";
  }
}
