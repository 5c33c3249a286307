package dev.henge.node;

import dev.henge.resp.session.ClientState;
import java.util.Collection;

/** The clients that are connected to a node. */
public interface Clients {

  Collection<ClientState> clients();

  /** Ends a client's connection; false if there is none with the id. */
  boolean kill(long id);

  /** Connections taken since the start. */
  long accepted();

  /** Connections turned away since the start. */
  long rejected();
}
