package dev.henge.chaos;

import dev.henge.node.RespClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One connection that sends writes in long pipelines and keeps account of how far they were acknowledged. Every write
 * follows from its number: a SET of a new key, a DEL of an older one, an INCR of a counter, by turns.
 */
final class PipelinedWriter implements Runnable {

  private static final int PIPELINE = 64;
  private static final int DELETED_BEHIND = 40;
  private static final int READ_AT_ONCE = 500;
  private static final int CLIENT_TIMEOUT_MILLIS = 10_000;

  private final RingProcesses ring;
  private final int id;
  private final SplittableRandom random;

  /** Keys by number: whether they are known to be there. */
  private final BitSet there = new BitSet();

  /** Numbers of keys that may be there or not. */
  private final BitSet inDoubt = new BitSet();

  private long countLeast;
  private long countMost;
  private long next;
  private volatile long acknowledged;
  private String error;

  PipelinedWriter(RingProcesses ring, int id, long seed) {
    this.ring = ring;
    this.id = id;
    this.random = new SplittableRandom(seed + id);
  }

  long acknowledged() {
    return acknowledged;
  }

  /** What a node answered that is neither OK nor a broken connection, or null. */
  String error() {
    return error;
  }

  private enum What { SET, DEL, COUNT }

  private static What what(long number) {
    return number % 8 == 7 ? What.COUNT : number % 8 == 5 && number > DELETED_BEHIND ? What.DEL : What.SET;
  }

  private String key(long number) {
    return "key:" + id + ":" + number;
  }

  /** Mostly short values, some so long that they are kept apart from the tables. */
  private String value(long number) {
    int length = number % 50 == 0 ? 5_000 : (int) (number * 31 % 200);
    return id + ":" + number + ":" + "x".repeat(length);
  }

  private String counter() {
    return "counter:" + id;
  }

  /** The number of the key that a DEL takes: one that was set. */
  private static long deleted(long number) {
    return number - DELETED_BEHIND - 1;
  }

  /** Writes until the node is gone. */
  @Override
  public void run() {
    try (RespClient client = new RespClient(RingProcesses.HOST, ring.port(0), CLIENT_TIMEOUT_MILLIS)) {
      while (true) {
        pipeline(client, 1 + random.nextInt(PIPELINE));
      }
    } catch (RespClient.ErrorReply e) {
      error = e.getMessage();
    } catch (IOException e) {
      // killed
    }
  }

  private void pipeline(RespClient client, int length) throws IOException {
    long from = next;
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < length; i++) {
      requests.writeBytes(request(next));
      sent(next++);
    }
    client.send(requests.toByteArray());
    for (long number = from; number < from + length; number++) {
      client.read();
      confirmed(number);
      acknowledged++;
    }
  }

  private byte[] request(long number) {
    return switch (what(number)) {
      case SET -> RespClient.encode("SET", key(number), value(number));
      case DEL -> RespClient.encode("DEL", key(deleted(number)));
      case COUNT -> RespClient.encode("INCR", counter());
    };
  }

  private void sent(long number) {
    switch (what(number)) {
      case SET -> inDoubt.set((int) number);
      case DEL -> inDoubt.set((int) deleted(number));
      case COUNT -> countMost++;
    }
  }

  private void confirmed(long number) {
    switch (what(number)) {
      case SET -> known(number, true);
      case DEL -> known(deleted(number), false);
      case COUNT -> countLeast++;
    }
  }

  private void known(long number, boolean is) {
    // A DEL that is under way already makes what its SET left doubtful.
    long deleting = number + DELETED_BEHIND + 1;
    boolean beingDeleted = is && what(deleting) == What.DEL && deleting < next;
    there.set((int) number, is);
    inDoubt.set((int) number, beingDeleted);
  }

  /** Compares what the node has with what was acknowledged, and takes over what was in doubt; says what is wrong. */
  List<String> check(RespClient client) throws IOException {
    List<String> wrong = new ArrayList<>();
    for (long from = 0; from <= next; from += READ_AT_ONCE) {
      String[] words = new String[READ_AT_ONCE + 1];
      words[0] = "MGET";
      for (int i = 0; i < READ_AT_ONCE; i++) {
        words[i + 1] = key(from + i);
      }
      List<?> values = (List<?>) client.call(words);
      for (int i = 0; i < READ_AT_ONCE; i++) {
        check(from + i, values.get(i), wrong);
      }
    }
    Object count = client.call("GET", counter());
    long counted = count == null ? 0 : Long.parseLong(count.toString());
    if (counted < countLeast || counted > countMost) {
      wrong.add(counter() + " is " + counted + ", not " + countLeast + " to " + countMost);
    }
    countLeast = counted;
    countMost = counted;
    inDoubt.clear();
    return wrong;
  }

  private void check(long number, Object value, List<String> wrong) {
    boolean is = value != null;
    if (is && (number >= next || what(number) != What.SET)) {
      wrong.add(key(number) + " was never sent and is there");
    } else if (is && !value.equals(value(number))) {
      wrong.add(key(number) + " is " + value);
    } else if (is != there.get((int) number) && !inDoubt.get((int) number)) {
      wrong.add(key(number) + (is ? " was deleted and is there" : " was acknowledged and is not there"));
    }
    there.set((int) number, is);
  }
}
