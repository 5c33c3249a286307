package dev.henge.resp.session;

/** One pass of an event loop: whoever works in it says so, and what must happen once a pass happens at its end. */
public interface TurnClock {

  /** Work begins: the pass's moment is taken, and its end will come. Cheap when called again. */
  void begin();

  /** The connection has something to write at the end of the pass. */
  void writes(Connection connection);
}
