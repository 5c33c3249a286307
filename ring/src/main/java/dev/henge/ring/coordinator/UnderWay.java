package dev.henge.ring.coordinator;

import java.util.ArrayList;
import java.util.List;

/**
 * The calls that were sent to other nodes, by their ids: a ring, since ids rise by one and answers come nearly in their
 * order.
 *
 * <p>It is as long as the oldest and the newest call are apart; what bounds that is that every call ends within the
 * command's timeout.
 */
final class UnderWay {

  private static final int CALLS_INITIAL = 256;

  /** A ring that grew beyond this is given back once it is empty. */
  private static final int CALLS_KEPT_MAX = 1 << 16;

  private Call[] calls = new Call[CALLS_INITIAL];

  /** All calls that there are have ids from the first, inclusive, to the next, exclusive. */
  private long first;

  private long next;
  private int size;

  /** Adds a call whose id is above all that were added before. */
  void add(Call call) {
    if (size == 0) {
      first = call.id;
      if (calls.length > CALLS_KEPT_MAX) {
        calls = new Call[CALLS_INITIAL];
      }
    }
    while (call.id - first >= calls.length) {
      grow();
    }
    calls[at(call.id)] = call;
    next = call.id + 1;
    size++;
  }

  private int at(long id) {
    return (int) id & calls.length - 1;
  }

  private void grow() {
    Call[] before = calls;
    calls = new Call[before.length * 2];
    for (Call call : before) {
      if (call != null) {
        calls[at(call.id)] = call;
      }
    }
  }

  /** Takes a call out; null if there is none of that id. */
  Call remove(long id) {
    Call call = size == 0 || id < first || id >= next ? null : calls[at(id)];
    if (call == null) {
      return null;
    }
    calls[at(id)] = null;
    size--;
    while (first < next && calls[at(first)] == null) {
      first++;
    }
    return call;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The calls as they are now, by rising id. */
  List<Call> all() {
    List<Call> all = new ArrayList<>(size);
    for (long id = first; all.size() < size; id++) {
      if (calls[at(id)] != null) {
        all.add(calls[at(id)]);
      }
    }
    return all;
  }
}
