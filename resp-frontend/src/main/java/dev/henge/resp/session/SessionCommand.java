package dev.henge.resp.session;

import dev.henge.resp.codec.Request;

/**
 * A command about what its connection has done so far. Runs alone on the connection: after all before it are
 * answered, before all behind it.
 */
@FunctionalInterface
public interface SessionCommand {

  /**
   * Starts the command; the reply comes later, or at once. The request is the command's own.
   *
   * @throws dev.henge.resp.command.CommandException for what is wrong with the request; then there is no other reply
   */
  void start(ClientState client, Request request, RingCommand.ReplyTo replyTo);
}
