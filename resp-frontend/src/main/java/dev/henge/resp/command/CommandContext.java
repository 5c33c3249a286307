package dev.henge.resp.command;

import dev.henge.resp.codec.NumberException;
import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.KeyLocator;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.PlainStrings;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.type.ValueType;
import java.util.random.RandomGenerator;

/**
 * What a {@link KeyCommand} works with: its arguments, the rows of its keys, and where its reply goes. Reused from
 * command to command.
 */
public final class CommandContext {

  private final Keyspace keyspace;
  private final RandomGenerator random;
  private Request request;
  private RespEncoder out;
  private int db;
  private int firstKey;
  private int firstSlot;

  /** Made once, so that a GET makes no object for its reply. */
  private final StringValue.BytesSink bulkReply = (bytes, offset, length) -> out.bulk(bytes, offset, length);

  public CommandContext(Keyspace keyspace, RandomGenerator random) {
    this.keyspace = keyspace;
    this.random = random;
  }

  /** Aims this context at the next command. */
  public CommandContext aim(Request request, RespEncoder out, int db) {
    this.request = request;
    this.out = out;
    this.db = db;
    this.firstSlot = KeyLocator.ANY_SLOT;
    return this;
  }

  /** The slot of the key that stands as argument {@code key} is known: it need not be found again. */
  public void first(int key, int slot) {
    firstKey = key;
    firstSlot = slot;
  }

  private int slotOf(int i) {
    return i == firstKey ? firstSlot : KeyLocator.ANY_SLOT;
  }

  public Request request() {
    return request;
  }

  /** Where the reply goes; exactly one reply a command. */
  public RespEncoder out() {
    return out;
  }

  public int db() {
    return db;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public RandomGenerator random() {
    return random;
  }

  /** The moment of the command, in milliseconds since 1970. */
  public long nowMillis() {
    return keyspace.nowMillis();
  }

  /** The number of arguments, the command's name among them. */
  public int argCount() {
    return request.argCount();
  }

  /** A copy of an argument, to keep. */
  public byte[] arg(int i) {
    return request.copy(i);
  }

  /** An argument as an integer; throws Redis's error if it is none. */
  public long argLong(int i) {
    try {
      return request.asLong(i);
    } catch (NumberException e) {
      throw new CommandException("ERR value is not an integer or out of range");
    }
  }

  /** An argument as a float; throws Redis's error if it is none. */
  public double argDouble(int i) {
    try {
      return RedisNumbers.parseDouble(request.buffer(), request.offset(i), request.length(i));
    } catch (NumberException e) {
      throw new CommandException("ERR value is not a valid float");
    }
  }

  /** The head of the key that stands as argument {@code i}. */
  public Head head(int i) {
    return head(db, i);
  }

  /** The same in another database. */
  public Head head(int inDb, int i) {
    return keyspace.open(inDb, slotOf(i), request.buffer(), request.offset(i), request.length(i));
  }

  /** The same, for a command that asks about the key and does not use it. */
  public Head peek(int i) {
    return keyspace.peek(keyspace.locate(db, slotOf(i), request.buffer(), request.offset(i), request.length(i)));
  }

  /** The head of the key at argument {@code i}, which must be of this type or absent. */
  public Head head(int i, ValueType type) {
    return expect(head(i), type);
  }

  /** Throws WRONGTYPE if the key shows as another type. */
  public static Head expect(Head head, ValueType type) {
    ValueType shown = head.type();
    if (shown != type && shown != ValueType.NONE) {
      throw new CommandException("WRONGTYPE Operation against a key holding the wrong kind of value");
    }
    return head;
  }

  /** The string at argument {@code i}, which may be absent. */
  public StringValue string(int i) {
    return new StringValue(keyspace, head(i, ValueType.STRING));
  }

  /**
   * Replies with the string at argument {@code i}, or with null if there is nothing; false, and nothing done, if that
   * is not easily told.
   */
  boolean replyPlain(int i) {
    PlainStrings.Found found =
        keyspace.plain().read(db, slotOf(i), request.buffer(), request.offset(i), request.length(i), bulkReply);
    if (found == PlainStrings.Found.NOTHING) {
      out.nullBulk();
    }
    return found != PlainStrings.Found.UNKNOWN;
  }

  /** Puts argument {@code value} over whatever the key at argument {@code i} held. */
  void setString(int i, int value) {
    byte[] buffer = request.buffer();
    if (!keyspace.plain().set(db, slotOf(i), buffer, request.offset(i), request.length(i), buffer,
        request.offset(value), request.length(value))) {
      new StringValue(keyspace, head(i)).set(arg(value), 0);
    }
  }

  /**
   * Moves the number at argument {@code i} and replies with the sum; false, and nothing done, if it is not easily done.
   */
  boolean moveNumber(int i, long by) {
    boolean moved = keyspace.plain().move(db, slotOf(i), request.buffer(), request.offset(i), request.length(i), by);
    if (moved) {
      out.integer(keyspace.plain().count());
    }
    return moved;
  }

  /** Replies with the bytes that it is given. */
  StringValue.BytesSink bulkReply() {
    return bulkReply;
  }

  /** Replies with the string's value, or with null if there is none. */
  public void reply(StringValue value) {
    if (!value.read(bulkReply)) {
      out.nullBulk();
    }
  }
}
