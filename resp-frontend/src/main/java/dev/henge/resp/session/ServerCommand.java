package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;

/** A command about the connection or the node, with no key in it: answered at once by whichever node is asked. */
@FunctionalInterface
public interface ServerCommand {

  /** Throws {@link dev.henge.resp.command.CommandException} for what is wrong with the request. */
  void execute(ClientState client, Request request, RespEncoder out);
}
