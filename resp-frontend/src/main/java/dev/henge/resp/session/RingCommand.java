package dev.henge.resp.session;

import dev.henge.resp.codec.Request;

/**
 * A command that concerns vnodes of several nodes. Runs alone on its connection: after all before it, before all
 * behind it.
 */
@FunctionalInterface
public interface RingCommand {

  /** Starts the command; the reply comes later, or at once. The request is the command's own. */
  void start(Request request, int db, int protocol, ReplyTo replyTo);

  /** Where the reply of a ring-wide command goes, once. */
  @FunctionalInterface
  interface ReplyTo {
    void reply(byte[] encoded);
  }
}
