package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.henge.resp.codec.RespEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One buffer goes from write to write, and never to a second writer while a first keeps it. */
class ConnectionBuffersTest {

  private final Connection.Buffers buffers = new Connection.Buffers();

  private ByteBuf write(String text) {
    RespEncoder out = new RespEncoder();
    out.raw(text.getBytes(StandardCharsets.ISO_8859_1), 0, text.length());
    return buffers.forWrite(out, UnpooledByteBufAllocator.DEFAULT);
  }

  @Test
  void aBufferThatWasGivenBackIsLentAgain() {
    ByteBuf first = write("one");
    assertEquals("one", first.toString(StandardCharsets.ISO_8859_1));
    first.release();
    ByteBuf second = write("two");
    assertSame(first, second);
    assertEquals("two", second.toString(StandardCharsets.ISO_8859_1));
    second.release();
    ByteBuf read = buffers.forRead(UnpooledByteBufAllocator.DEFAULT);
    assertEquals(Connection.Buffers.READ_BYTES, read.writableBytes());
    assertNotSame(second, read);
    read.release();
    assertSame(read, buffers.forRead(UnpooledByteBufAllocator.DEFAULT));
  }

  @Test
  void whatIsKeptIsNotWrittenOver() {
    List<ByteBuf> kept = new ArrayList<>();
    for (int i = 0; i < 25_000; i++) {
      ByteBuf buffer = write("write " + i);
      if (i % 5_000 == 0) {
        kept.add(buffer);
      } else {
        assertEquals("write " + i, buffer.toString(StandardCharsets.ISO_8859_1));
        buffer.release();
      }
    }
    for (int i = 0; i < kept.size(); i++) {
      assertEquals("write " + 5_000 * i, kept.get(i).toString(StandardCharsets.ISO_8859_1));
    }
    kept.forEach(ByteBuf::release);
  }

  @Test
  void aLongWriteHasABufferOfItsOwn() {
    ByteBuf longer = write("x".repeat(Connection.Buffers.WRITE_BYTES + 1));
    assertEquals(Connection.Buffers.WRITE_BYTES + 1, longer.readableBytes());
    ByteBuf other = write("y");
    assertNotSame(longer, other);
    longer.release();
    other.release();
  }
}
