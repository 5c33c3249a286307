package dev.henge.node;

import dev.henge.resp.session.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Has all clients' channels of a loop read into the one buffer that they share. It is large enough for what one read
 * brings, so that there is no second read to learn that there is no more.
 */
final class SharedReads extends DefaultMaxMessagesRecvByteBufAllocator {

  private final Connection.Buffers buffers;

  SharedReads(Connection.Buffers buffers) {
    this.buffers = buffers;
  }

  @Override
  public MaxMessageHandle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public int guess() {
        return Connection.Buffers.READ_BYTES;
      }

      @Override
      public ByteBuf allocate(ByteBufAllocator allocator) {
        return buffers.forRead(allocator);
      }
    };
  }
}
