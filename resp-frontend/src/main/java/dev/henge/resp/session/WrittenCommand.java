package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;

/**
 * A command as it travels between nodes: {@code format u8 (1) | db u8 | protocol u8 | count varint | count × (length
 * varint, bytes)}.
 *
 * <p>To the protocol 0x80 is added if the command was let in as part of a larger one: no node's limit refuses it any
 * more; 0x40 if it is part of one whose reply must be unique.
 */
final class WrittenCommand {

  private static final int FORMAT = 1;
  private static final int LET_IN = 0x80;
  private static final int UNIQUE = 0x40;

  /** Format, database, protocol, and at least a byte of the count. */
  private static final int HEAD_BYTES = 4;

  final int db;
  final int protocol;
  final boolean letIn;
  final boolean unique;
  final Request request;

  private WrittenCommand(int db, int protocol, Request request) {
    this.db = db;
    this.protocol = protocol & ~(LET_IN | UNIQUE);
    this.letIn = (protocol & LET_IN) != 0;
    this.unique = (protocol & UNIQUE) != 0;
    this.request = request;
  }

  static byte[] write(int db, int protocol, Request request) {
    return write(db, protocol, false, false, request);
  }

  static byte[] write(int db, int protocol, boolean letIn, boolean unique, Request request) {
    Bytes out = new Bytes((int) Math.min(1 << 20, bytes(request)));
    out.u8(FORMAT).u8(db).u8(protocol | (letIn ? LET_IN : 0) | (unique ? UNIQUE : 0)).varint(request.argCount());
    for (int i = 0; i < request.argCount(); i++) {
      out.block(request.buffer(), request.offset(i), request.length(i));
    }
    return out.length() == out.array().length ? out.array() : out.copy();
  }

  /** How long a command is when it is written down. */
  private static long bytes(Request request) {
    long bytes = 3 + varintBytes(request.argCount()) + request.argBytes();
    for (int i = 0; i < request.argCount(); i++) {
      bytes += varintBytes(request.length(i));
    }
    return bytes;
  }

  private static int varintBytes(int value) {
    return (Integer.SIZE - Integer.numberOfLeadingZeros(value | 1) + 6) / 7;
  }

  /** Takes a word of a command where it stands. */
  @FunctionalInterface
  interface Word {
    void at(int db, int offset, int length);
  }

  /** Tells where a command's second word stands, mostly its key; nothing if it has none, or has a format unknown here. */
  static void secondWord(byte[] bytes, Word word) {
    ByteReader in = new ByteReader(bytes);
    if (in.remaining() < HEAD_BYTES || in.u8() != FORMAT) {
      return;
    }
    int db = in.u8();
    in.u8();
    if (in.length() > 1) {
      in.skip(in.length());
      int length = in.length();
      word.at(db, in.position(), length);
    }
  }

  static WrittenCommand read(byte[] bytes) {
    return read(bytes, new Request());
  }

  /** The same, with its arguments in a request that is used again. */
  static WrittenCommand read(byte[] bytes, Request request) {
    ByteReader in = new ByteReader(bytes);
    if (in.u8() != FORMAT) {
      throw new FormatException("a command of an unknown format");
    }
    int db = in.u8();
    int protocol = in.u8();
    request.begin(bytes);
    for (int n = in.length(); n > 0; n--) {
      int length = in.length();
      request.add(in.position(), length);
      in.skip(length);
    }
    return new WrittenCommand(db, protocol, request);
  }
}
