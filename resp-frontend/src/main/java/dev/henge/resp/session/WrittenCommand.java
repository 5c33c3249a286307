package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;

/**
 * A command as it travels between nodes: {@code format u8 (1) | db u8 | protocol u8 | count varint | count × (length varint, bytes)}.
 *
 * <p>To the protocol 0x80 is added if the command was let in as part of a larger one: no node's limit refuses it any more.
 */
final class WrittenCommand {

  private static final int FORMAT = 1;
  private static final int LET_IN = 0x80;

  final int db;
  final int protocol;
  final boolean letIn;
  final Request request;

  private WrittenCommand(int db, int protocol, boolean letIn, Request request) {
    this.db = db;
    this.protocol = protocol;
    this.letIn = letIn;
    this.request = request;
  }

  static byte[] write(int db, int protocol, Request request) {
    return write(db, protocol, false, request);
  }

  static byte[] write(int db, int protocol, boolean letIn, Request request) {
    Bytes out = new Bytes((int) Math.min(1 << 20, request.argBytes() + 8 + 5L * request.argCount()));
    out.u8(FORMAT).u8(db).u8(letIn ? protocol | LET_IN : protocol).varint(request.argCount());
    for (int i = 0; i < request.argCount(); i++) {
      out.block(request.buffer(), request.offset(i), request.length(i));
    }
    return out.copy();
  }

  static WrittenCommand read(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    if (in.u8() != FORMAT) {
      throw new FormatException("a command of an unknown format");
    }
    int db = in.u8();
    int protocol = in.u8();
    Request request = new Request();
    request.begin(bytes);
    for (int n = in.length(); n > 0; n--) {
      int length = in.length();
      request.add(in.position(), length);
      in.skip(length);
    }
    return new WrittenCommand(db, protocol & ~LET_IN, (protocol & LET_IN) != 0, request);
  }
}
