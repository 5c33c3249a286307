package dev.henge.resp.session;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/**
 * The memory that the connections of one loop use in turns: for what a read brought, for the request in it, and for
 * what a write takes away.
 *
 * <p>Reads and writes end at once as a rule, so that one buffer each does for all. Where somebody keeps one, as a
 * channel does whose peer takes less than is sent, the others get buffers of their own meanwhile.
 */
public final class LoopBuffers {

  /** The most that one read takes in. */
  public static final int READ_BYTES = 64 * 1024;

  /** Longer writes get a buffer of their own. */
  static final int WRITE_BYTES = 16 * 1024;

  /** After so many asked for it in vain, the kept buffer is left to its keeper, and another takes its place. */
  private static final int ASKED_IN_VAIN_MAX = 10_000;

  private final Request request = new Request();
  private final byte[] scratch = new byte[READ_BYTES];
  private final Shared read = new Shared(READ_BYTES);
  private final Shared write = new Shared(WRITE_BYTES);

  /** The request that is being looked at. */
  Request request() {
    return request;
  }

  /** The bytes in which requests are found. */
  byte[] scratch() {
    return scratch;
  }

  /** An empty buffer for a read. Whoever gets it releases it. */
  public ByteBuf forRead(ByteBufAllocator allocator) {
    ByteBuf buffer = read.take();
    return buffer == null ? allocator.ioBuffer(READ_BYTES) : buffer;
  }

  /** What is to be written, in a buffer. Whoever gets it releases it. */
  ByteBuf forWrite(RespEncoder out, ByteBufAllocator allocator) {
    ByteBuf shared = out.length() > WRITE_BYTES ? null : write.take();
    ByteBuf buffer = shared == null ? allocator.directBuffer(out.length()) : shared;
    return buffer.writeBytes(out.array(), 0, out.length());
  }

  /** One buffer, lent to one after the other. */
  private static final class Shared {
    private final int bytes;
    private ByteBuf buffer;
    private int inVain;

    Shared(int bytes) {
      this.bytes = bytes;
    }

    /** The buffer, emptied, or null if it is being kept. */
    ByteBuf take() {
      if (buffer == null) {
        buffer = fresh();
      } else if (buffer.refCnt() > 1) {
        if (++inVain <= ASKED_IN_VAIN_MAX) {
          return null;
        }
        inVain = 0;
        buffer.release();
        buffer = fresh();
      }
      return buffer.clear().retain();
    }

    /** A buffer of the JDK's, so that nobody has to free it when the loop ends. */
    private ByteBuf fresh() {
      return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes));
    }
  }
}
