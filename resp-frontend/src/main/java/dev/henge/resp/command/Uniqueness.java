package dev.henge.resp.command;

import dev.henge.resp.codec.Request;
import java.util.Set;

/**
 * Whether what a command replies must be so nowhere else: it hands something out, or keeps others out.
 *
 * <p>That holds only where one node executes a vnode's commands. With policy unique-safe these commands are refused
 * elsewhere, and all others go on. The line is drawn by what the reply is used for:
 * <ul>
 *   <li>handed out: what is popped, moved, or taken with its removal; the next number of a counter (strings, hash
 * fields), which serves as an id; a stream's entries to a group's consumer
 *   <li>kept out: what succeeds only if nothing was there (SETNX, SET NX, HSETNX, MSETNX, RENAMENX)
 *   <li>exchanged: GETSET and SET GET, by which counters are read and reset
 * </ul>
 * Left alone: what is merged and whose reply only counts (SADD, HSET, ZADD and ZINCRBY with any option, APPEND, LPUSH,
 * PFADD): to refuse them would take away what a partition leaves possible, for a reply that few look at.
 */
public enum Uniqueness {
  NO(""),
  ALWAYS("unique"),
  /** SET: with one of these options. */
  WITH_NX_OR_GET("unique with NX or GET");

  private static final Set<String> COMMANDS = Set.of(
      "setnx", "getset", "getdel", "msetnx", "renamenx", "incr", "decr", "incrby", "decrby", "incrbyfloat",
      "hsetnx", "hincrby", "hincrbyfloat", "smove", "spop", "zpopmin", "zpopmax", "zmpop", "bzpopmin", "bzpopmax", "bzmpop",
      "lpop", "rpop", "lmpop", "lmove", "rpoplpush", "blpop", "brpop", "blmpop", "blmove", "brpoplpush",
      "xreadgroup", "xclaim", "xautoclaim");

  /** Where SET's options begin. */
  private static final int OPTIONS_AT = 3;

  private final String mark;

  Uniqueness(String mark) {
    this.mark = mark;
  }

  /** As docs/commands.md marks it. */
  String mark() {
    return mark;
  }

  static Uniqueness of(String command) {
    return command.equals("set") ? WITH_NX_OR_GET : COMMANDS.contains(command) ? ALWAYS : NO;
  }

  boolean of(Request request) {
    if (this != WITH_NX_OR_GET) {
      return this == ALWAYS;
    }
    for (int i = OPTIONS_AT; i < request.argCount(); i++) {
      if (request.is(i, "NX") || request.is(i, "GET")) {
        return true;
      }
    }
    return false;
  }
}
