package dev.henge.resp.session;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespDecoder;
import dev.henge.resp.codec.RespEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One client: bytes in, requests in order to the {@link Frontend}, replies out in the same order.
 *
 * <p>A reply that can leave at once is encoded straight into the output; one that waits takes a {@link Slot}, and so
 * do all behind it. What one pass of the loop produced leaves in one write at its end.
 */
public final class Connection extends ChannelInboundHandlerAdapter {

  /** Replies that may wait; beyond them the client is not read. */
  static final int SLOTS_MAX = 10_000;

  private final Frontend frontend;
  private final ClientState client;
  private final RespDecoder decoder = new RespDecoder();
  private final Buffers buffers;
  private final Request request;
  private final byte[] scratch;
  private final RespEncoder out = new RespEncoder();
  private final RespEncoder aside = new RespEncoder();
  private final ArrayDeque<Slot> slots = new ArrayDeque<>();
  private final LongSupplier wallMillis;
  private final Consumer<Connection> gone;
  private Channel channel;
  private boolean writeListed;
  private boolean alone;
  private boolean held;
  private boolean pumping;
  private boolean readPaused;

  /**
   * @param buffers shared by all connections of the loop
   * @param gone told when the connection has ended
   */
  public Connection(Frontend frontend, ClientState client, Buffers buffers, long bulkBytesMax, LongSupplier wallMillis,
      Consumer<Connection> gone) {
    this.frontend = frontend;
    this.client = client;
    this.buffers = buffers;
    this.request = buffers.request();
    this.scratch = buffers.scratch();
    this.wallMillis = wallMillis;
    this.gone = gone;
    decoder.bulkBytesMax(bulkBytesMax);
  }

  public ClientState client() {
    return client;
  }

  // ---------------------------------------------------------------- input

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    channel = ctx.channel();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    frontend.turn().begin();
    ByteBuf read = (ByteBuf) message;
    try {
      client.active(wallMillis.getAsLong());
      decoder.authenticated(client.authenticated || !frontend.needsPassword());
      while (read.isReadable() && channel.isOpen()) {
        int length = Math.min(read.readableBytes(), scratch.length);
        read.readBytes(scratch, 0, length);
        decoder.feed(scratch, 0, length);
        pump();
      }
    } finally {
      ReferenceCountUtil.release(read);
    }
    client.left(decoder.pendingBytes());
  }

  /** Takes requests as long as they may be taken. */
  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      while (!alone && !client.closing && slots.size() < SLOTS_MAX) {
        if (!held && decoder.next(request) != RespDecoder.Result.READY) {
          break;
        }
        Request next = held ? heldRequest : request;
        Frontend.Next then = frontend.dispatch(this, next);
        held = then == Frontend.Next.WAIT;
        if (held) {
          heldRequest = next == request ? request.detached() : next;
          break;
        }
        heldRequest = null;
        ahead--;
        if (ahead <= 0 && decoder.pendingBytes() > 0) {
          ahead = frontend.lookAhead(decoder, client.db);
        }
        alone = then == Frontend.Next.ALONE;
        decoder.authenticated(client.authenticated || !frontend.needsPassword());
      }
    } catch (ProtocolException e) {
      RespEncoder error = begin();
      error.error("ERR " + e.getMessage());
      end(error);
      client.closing = true;
    } finally {
      pumping = false;
    }
    decoder.retain();
    pauseReading();
  }

  private Request heldRequest;

  /** So many of the requests to come have been looked at. */
  private int ahead;

  /** A client that sends more than is answered, or reads less than is sent, is not read until it is even. */
  private void pauseReading() {
    boolean pause = held || alone || slots.size() >= SLOTS_MAX || channel != null && !channel.isWritable();
    if (pause != readPaused && channel != null) {
      readPaused = pause;
      channel.config().setAutoRead(!pause);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    pauseReading();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    client.closing = true;
    gone.accept(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof java.io.IOException)) {
      org.slf4j.LoggerFactory.getLogger(Connection.class).warn("connection {} ends", client.address, cause);
    }
    ctx.close();
  }

  // ---------------------------------------------------------------- replies

  /** Whether a reply waits, so that all behind it must. */
  boolean waiting() {
    return !slots.isEmpty();
  }

  /** The output, for a reply that leaves at once; only while none is {@link #waiting}. */
  RespEncoder out() {
    return out.version(client.protocol);
  }

  /** An encoder for one reply that is complete when {@link #end} is called. */
  RespEncoder begin() {
    if (slots.isEmpty()) {
      return out();
    }
    aside.reset();
    return aside.version(client.protocol);
  }

  void end(RespEncoder encoder) {
    if (encoder == aside) {
      slot(null).fill(aside.toByteArray());
    } else {
      wrote();
    }
  }

  /** The next place in the order. */
  Slot slot(byte[] reply) {
    Slot slot = new Slot(this, reply);
    slots.add(slot);
    return slot;
  }

  /** Something is in the output. */
  void wrote() {
    if (!writeListed) {
      writeListed = true;
      frontend.turn().writes(this);
    }
  }

  void slotFilled() {
    while (!slots.isEmpty() && slots.peekFirst().filled()) {
      byte[] reply = slots.pollFirst().reply();
      out.raw(reply, 0, reply.length);
      wrote();
    }
  }

  /** Ends the pass: writes what there is, and takes what had to wait. */
  public void endTurn() {
    writeListed = false;
    if (out.length() > 0) {
      if (channel.isActive() && !client.silent) {
        channel.writeAndFlush(buffers.forWrite(out, channel.alloc()), channel.voidPromise());
      }
      out.reset();
    }
    if (slots.isEmpty()) {
      alone = false;
      if (client.closing) {
        close();
        return;
      }
    }
    if (held || decoder.pendingBytes() > 0) {
      frontend.turn().begin();
      pump();
    }
    pauseReading();
  }

  /** Ends the connection without the replies that wait: they would say more than is known. */
  public void closeInDoubt() {
    writeListed = false;
    out.reset();
    client.closing = true;
    if (channel != null) {
      channel.close();
    }
  }

  /** Ends the connection once what was written has left. */
  public void close() {
    if (channel != null) {
      channel.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    }
  }

  public Channel channel() {
    return channel;
  }

  // ---------------------------------------------------------------- the memory of a loop

  /**
   * The memory that the connections of one loop use in turns: for what a read brought, for the request in it, and for
   * what a write takes away.
   *
   * <p>Reads and writes end at once as a rule, so that one buffer each does for all. Where somebody keeps one, as a
   * channel does whose peer takes less than is sent, the others get buffers of their own meanwhile.
   */
  public static final class Buffers {

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
}
