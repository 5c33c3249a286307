package dev.henge.storage.type;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The member hash is a disk format: these values may never change. */
class MemberHashTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void keepsItsGoldenValues() {
    assertEquals(0, MemberHash.of(bytes("")));
    assertEquals(0xBA6BD213, MemberHash.of(bytes("test")));
    assertEquals(0xC0363E43, MemberHash.of(bytes("Hello, world!")));
    assertEquals(0x2E4FF723, MemberHash.of(bytes("The quick brown fox jumps over the lazy dog")));
    assertEquals(0xB3DD93FA, MemberHash.of(bytes("abc")));
    assertEquals(0x514E28B7, MemberHash.of(new byte[1]));
    assertEquals(0x76293B50, MemberHash.of(new byte[] {-1, -1, -1, -1}));
    assertEquals(0x7E4A8634, MemberHash.of(new byte[] {0x21, 0x43, 0x65}));
  }

  @Test
  void standsInFrontOfTheMember() {
    byte[] sub = MemberHash.subKey(bytes("test"));
    assertArrayEquals(bytes("\u00ba\u006b\u00d2\u0013test"), sub);
    assertEquals(0xBA6BD213, MemberHash.ofSubKey(sub));
    assertArrayEquals(bytes("\u00ba\u006b\u00d2\u0013"), MemberHash.bucket(0xBA6BD213));
  }

  /** Keys of a counter, the usual ones: every 1/256 of the range holds about its share. With 100,000 keys: 391, sigma 20. */
  @Test
  void spreadsCountedMembers() {
    int[] buckets = new int[256];
    for (int i = 0; i < 100_000; i++) {
      buckets[MemberHash.of(bytes("member:" + i)) >>> 24]++;
    }
    for (int n : buckets) {
      assertTrue(n > 391 - 100 && n < 391 + 100, "bucket of " + n);
    }
  }
}
