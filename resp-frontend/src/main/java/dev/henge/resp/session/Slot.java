package dev.henge.resp.session;

import dev.henge.ring.replica.Hold;
import dev.henge.ring.replica.Outcome;

/** The place of one reply in its connection's order. Filled when the reply may leave. */
final class Slot extends Hold.Waiter {

  private final Connection connection;
  private byte[] reply;
  private boolean filled;

  /** @param reply what leaves once the hold this slot waits for is settled; null if it comes by {@link #fill} */
  Slot(Connection connection, byte[] reply) {
    this.connection = connection;
    this.reply = reply;
  }

  boolean filled() {
    return filled;
  }

  byte[] reply() {
    return reply;
  }

  void fill(byte[] encoded) {
    reply = encoded;
    filled = true;
    connection.slotFilled();
  }

  @Override
  protected void released(Outcome outcome) {
    fill(outcome == Outcome.DONE ? reply : Outcomes.error(outcome));
  }
}
