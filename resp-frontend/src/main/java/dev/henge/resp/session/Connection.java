package dev.henge.resp.session;

import dev.henge.resp.codec.ProtocolException;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespDecoder;
import dev.henge.resp.codec.RespEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
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
  private final LoopBuffers buffers;
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
  public Connection(Frontend frontend, ClientState client, LoopBuffers buffers, long bulkBytesMax, LongSupplier wallMillis,
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
}
