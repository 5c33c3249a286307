package dev.henge.ring.replica;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the wall clocks of the peers are from this node's, and an alarm if it is too far.
 *
 * <p>A peer is asked for its wall clock; between question and answer some time passes, of which nobody knows how much
 * on which way. So the difference from the middle is right to half of that time (Cristian, "Probabilistic Clock
 * Synchronization", 1989); what is told is what it is <em>at the least</em>, so that a slow network raises no alarm.
 * Nothing that is promised depends on wall clocks; they decide which of two concurrent writes is shown, and when a
 * deadline has passed.
 */
public final class ClockSkew {

  private static final Logger LOG = LoggerFactory.getLogger(ClockSkew.class);

  private static final long ASK_NANOS = 1_000_000_000L;
  private static final long MILLI_NANOS = 1_000_000;

  private final Shard shard;
  private long alarmMillis = 500;
  private long nextAskNanos = Long.MIN_VALUE;

  ClockSkew(Shard shard) {
    this.shard = shard;
  }

  /**
   * Sets the bounds.
   *
   * @param alarm from where on a clock that differs is told of; 0: never
   * @param max how far in the future a stamp may be to be followed; 0: without bound
   */
  public void set(long alarm, long max) {
    alarmMillis = alarm;
    shard.stamps.aheadMillisMax(max);
  }

  void tick(long nowNanos) {
    if (nowNanos < nextAskNanos) {
      return;
    }
    nextAskNanos = nowNanos + ASK_NANOS;
    for (PeerLink peer : shard.peers()) {
      if (peer.connected) {
        shard.transport.send(peer.id, new Message.WallTime(false, nowNanos, 0));
      }
    }
  }

  boolean received(PeerLink peer, Message message, long nowNanos) {
    if (!(message instanceof Message.WallTime m)) {
      return false;
    }
    if (m.answer()) {
      told(peer, atLeastMillis(m.askedNanos(), nowNanos, shard.stamps.wallMillis(), m.wallMillis()));
    } else {
      shard.transport.send(peer.id, new Message.WallTime(true, m.askedNanos(), shard.stamps.wallMillis()));
    }
    return true;
  }

  /**
   * By how much two clocks differ at the least, if the other's was read between two moments and ours at the second.
   */
  static long atLeastMillis(long askedNanos, long nowNanos, long ourMillis, long theirMillis) {
    long half = Math.max(0, nowNanos - askedNanos) / 2;
    long middle = ourMillis - half / MILLI_NANOS;
    return Math.max(0, Math.abs(theirMillis - middle) - half / MILLI_NANOS - 1);
  }

  private void told(PeerLink peer, long millis) {
    peer.skewMillis = millis;
    if (alarmMillis != 0 && !peer.skewed && millis > alarmMillis) {
      peer.skewed = true;
      LOG.warn("the wall clock of node {} differs from this node's by {} ms or more", peer.id, millis);
    } else if (peer.skewed && millis <= alarmMillis / 2) {
      peer.skewed = false;
      LOG.info("the wall clock of node {} differs from this node's by {} ms only", peer.id, millis);
    }
  }

  void disconnected(PeerLink peer) {
    peer.skewMillis = 0;
    peer.skewed = false;
  }

  /** By how much the peers' clocks differ, at the least; how many raise the alarm; stamps that were not followed. */
  public record Standing(long millisMax, int alarms, long stampsRefused) {}

  public Standing standing() {
    long max = 0;
    int alarms = 0;
    for (PeerLink peer : shard.peers()) {
      max = Math.max(max, peer.skewMillis);
      alarms += peer.skewed ? 1 : 0;
    }
    return new Standing(max, alarms, shard.stamps.refused());
  }
}
