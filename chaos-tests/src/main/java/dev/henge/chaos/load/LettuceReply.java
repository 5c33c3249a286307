package dev.henge.chaos.load;

import dev.henge.resp.codec.Reply;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** What Lettuce's decoder gives for any command, as a reply. Arrays, sets and pushes are arrays here. */
final class LettuceReply extends CommandOutput<String, String, Reply> {

  private record Open(int size, List<Reply> elements) {}

  private final Deque<Open> open = new ArrayDeque<>();

  LettuceReply() {
    super(StringCodec.ASCII, null);
  }

  private void add(Reply reply) {
    Reply whole = reply;
    while (!open.isEmpty()) {
      Open inner = open.peek();
      inner.elements().add(whole);
      if (inner.elements().size() < inner.size()) {
        return;
      }
      open.pop();
      whole = new Reply.Array(inner.elements());
    }
    output = whole;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void set(ByteBuffer bytes) {
    add(bytes == null ? new Reply.Null(false) : new Reply.Bulk(bytes(bytes)));
  }

  @Override
  public void setSingle(ByteBuffer bytes) {
    set(bytes);
  }

  @Override
  public void setBigNumber(ByteBuffer bytes) {
    set(bytes);
  }

  @Override
  public void set(long n) {
    add(new Reply.Int(n));
  }

  @Override
  public void set(double n) {
    add(JedisReplies.number(n));
  }

  @Override
  public void set(boolean flag) {
    add(new Reply.Int(flag ? 1 : 0));
  }

  @Override
  public void multi(int count) {
    if (count < 0) {
      add(new Reply.Null(true));
    } else if (count == 0) {
      add(new Reply.Array(List.of()));
    } else {
      open.push(new Open(count, new ArrayList<>()));
    }
  }
}
