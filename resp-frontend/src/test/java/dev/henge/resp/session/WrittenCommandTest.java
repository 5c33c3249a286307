package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.henge.resp.codec.Request;
import dev.henge.storage.row.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WrittenCommandTest {

  private static final int[] LENGTHS = {0, 1, 127, 128, 300, 16_383, 16_384, 1 << 20, (1 << 21) + 1};

  /** Lengths on both sides of where a varint grows, and more arguments than a request has room for at first. */
  @Test
  void aCommandIsReadAsItWasWritten() {
    Random chance = new Random(7);
    Request again = new Request();
    for (int length : LENGTHS) {
      for (int args : new int[] {1, 3, 40, 130}) {
        byte[][] words = new byte[args][];
        Arrays.setAll(words, i -> new byte[i == args / 2 ? length : chance.nextInt(200)]);
        Arrays.stream(words).forEach(chance::nextBytes);
        byte[] bytes = WrittenCommand.write(9, 3, true, false, Request.of(words));
        WrittenCommand read = WrittenCommand.read(bytes, again);
        assertEquals(9, read.db);
        assertEquals(3, read.protocol);
        assertEquals(args, read.request.argCount());
        for (int i = 0; i < args; i++) {
          assertArrayEquals(words[i], read.request.copy(i));
        }
        assertThrows(FormatException.class, () -> WrittenCommand.read(Arrays.copyOf(bytes, bytes.length - 1 - words[args - 1].length)));
      }
    }
  }

  @Test
  void theSecondWordIsWhereItStands() {
    byte[] bytes = WrittenCommand.write(5, 2, Request.of("SET".getBytes(), "key".getBytes(), new byte[300]));
    List<String> seen = new ArrayList<>();
    WrittenCommand.secondWord(bytes, (db, offset, length) -> seen.add(db + " " + new String(bytes, offset, length)));
    assertEquals(List.of("5 key"), seen);
    WrittenCommand.secondWord(WrittenCommand.write(5, 2, Request.of("PING".getBytes())), (db, offset, length) -> seen.add("?"));
    WrittenCommand.secondWord(new byte[] {9, 9, 9, 9, 9}, (db, offset, length) -> seen.add("?"));
    WrittenCommand.secondWord(new byte[0], (db, offset, length) -> seen.add("?"));
    assertEquals(1, seen.size());
    assertThrows(FormatException.class,
        () -> WrittenCommand.secondWord(new byte[] {1, 0, 2, 2, 1, 'X', 9}, (db, offset, length) -> seen.add("?")));
  }
}
