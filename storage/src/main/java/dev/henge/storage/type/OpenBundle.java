package dev.henge.storage.type;

import dev.henge.storage.row.Row;
import dev.henge.storage.row.Sibling;
import dev.henge.storage.version.VersionVector;
import java.util.function.LongSupplier;

/** The bundle under whose dot rows change at present: a command's, with its stamp and its body, or a peer's. */
final class OpenBundle {

  private final BundleBody body = new BundleBody();
  private long actor;
  private long seq;
  private long stamp;
  private int elementsMade;
  private LongSupplier stamps;
  private boolean removedForGood;

  /** A command's begins; {@code stamps} gives its HLC stamp if it writes at all. */
  void begin(long actor, long seq, LongSupplier stamps) {
    applying(actor, seq);
    this.stamps = stamps;
    stamp = 0;
    elementsMade = 0;
    removedForGood = false;
    body.begin();
  }

  /** A peer's is applied; without a dot, 0, it is only in the form of one. */
  void applying(long actor, long seq) {
    this.actor = actor;
    this.seq = seq;
  }

  long actor() {
    return actor;
  }

  long seq() {
    return seq;
  }

  /** The dot; empty if it is no bundle. */
  VersionVector dot() {
    return seq == 0 ? VersionVector.EMPTY : VersionVector.of(actor, seq);
  }

  /** Whether this bundle is in what a vector has seen. */
  boolean in(VersionVector seen) {
    return seen.covers(actor, seq);
  }

  /** What had been seen before this bundle. */
  VersionVector without(VersionVector seen) {
    return in(seen) ? seen.without(actor).with(actor, seq - 1) : seen;
  }

  /** What a command has written. */
  BundleBody body() {
    return body;
  }

  /** The HLC stamp; 0 if nothing was written. */
  long stamp() {
    return stamp;
  }

  long stampForWrite() {
    if (stamp == 0) {
      stamp = stamps.getAsLong();
    }
    return stamp;
  }

  /** The name of the next list element that this command makes. */
  ListPosition.Maker maker() {
    return new ListPosition.Maker(stampForWrite(), actor, seq, elementsMade++);
  }

  Sibling sibling(byte[] payload, long deadlineMillis) {
    return new Sibling(actor, seq, stampForWrite(), false, deadlineMillis, payload);
  }

  /** The base under an increment of what was not there. */
  Sibling implied(byte[] payload, long deadlineMillis) {
    return Sibling.implied(actor, seq, stampForWrite(), deadlineMillis, payload);
  }

  Sibling tombstone() {
    return new Sibling(actor, seq, stampForWrite(), true, 0, Sibling.NOTHING);
  }

  /** A row is written over another, which may be this bundle's own. */
  void noteRewrite(Row before) {
    if (before != null) {
      noteRewrite(before.context());
    } else {
      noteFresh();
    }
  }

  /** A row is written over nothing. */
  void noteFresh() {
    if (removedForGood) {
      body.rewrites(); // it may have been there
    }
  }

  /** The same over a row whose only dot is of this actor. */
  void noteRewrite(long ownSeq) {
    if (ownSeq == seq) {
      body.rewrites();
    }
  }

  /** The bundle has removed a row and left nothing in its place. */
  void removedForGood() {
    removedForGood = true;
  }

  /** The same over a row that has seen so much. */
  void noteRewrite(VersionVector seen) {
    if (in(seen)) {
      body.rewrites();
    }
  }
}
