package dev.henge.ring.repair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.repair.HintStore.Hint;
import dev.henge.storage.lsm.MemoryByteStore;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Hints are kept in order, found again, bounded, and let go of as they should be. */
class HintStoreTest {

  private static final int ALL = 1_000_000;
  private static final HintLimits LIMITS = new HintLimits(1_000, 5_000, 1);

  private final MemoryByteStore rows = new MemoryByteStore();
  private final HintStore store = new HintStore(rows);

  private static Hint hint(long place, long arrived, boolean blind, long actor, long seq) {
    return new Hint(place, arrived, blind, actor, seq, new byte[] {(byte) place, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  }

  private static List<Long> places(HintStore.Part part) {
    return part.hints().stream().map(Hint::place).toList();
  }

  private List<Long> all(int vnode) {
    return places(store.part(vnode, 0, ALL, ALL, hint -> true));
  }

  @Test
  void keepsThemInTheOrderOfArrivalAndFindsThemAgain() {
    store.add(3, hint(900, 1, false, 0xA, 7));
    store.add(3, hint(70_000, 2, true, 0xB, 1));
    store.add(3, hint(1L << 40, 3, false, 0xA, 8));
    store.add(4, hint(901, 4, false, 0xC, 1));
    store.wroteBlind(3, 0xB, 1);
    for (HintStore each : List.of(store, again())) {
      HintStore.Part part = each.part(3, 0, ALL, ALL, hint -> true);
      assertEquals(List.of(900L, 70_000L, 1L << 40), places(part));
      assertEquals(-1, part.next());
      Hint second = part.hints().get(1);
      assertEquals(List.of(2L, true, 0xBL, 1L),
          List.of(second.arrivedMillis(), second.blind(), second.actor(), second.seq()));
      assertArrayEquals(hint(70_000, 2, true, 0xB, 1).bundle(), second.bundle());
      assertEquals(VersionVector.of(0xA, 8).with(0xB, 1), each.dots(3));
      assertEquals(new HintStore.Standing(3, 30, 1, 1), each.standing(3));
      assertEquals(List.of(4L, 40L, 1L), List.of(each.count(), each.bytes(), each.oldestMillis()));
      assertEquals(1, each.blindSeq(3, 0xB));
      assertEquals(0, each.blindSeq(3, 0xA));
    }
  }

  private HintStore again() {
    HintStore opened = new HintStore(rows);
    opened.load();
    opened.loadSequences();
    return opened;
  }

  @Test
  void givesPartsOfBoundedSizeAndGoesOnFromThere() {
    for (int i = 1; i <= 9; i++) {
      store.add(0, hint(i * 10, i, false, 0xA, i));
    }
    HintStore.Part first = store.part(0, 0, 25, ALL, hint -> hint.seq() % 2 == 1);
    assertEquals(List.of(10L, 30L), places(first));
    HintStore.Part second = store.part(0, first.next(), 25, ALL, hint -> hint.seq() % 2 == 1);
    assertEquals(List.of(50L, 70L), places(second));
    assertEquals(List.of(90L), places(store.part(0, second.next(), 25, ALL, hint -> hint.seq() % 2 == 1)));
    assertEquals(List.of(10L), places(store.part(0, 0, 1, ALL, hint -> true)), "one that is larger than the bound");
    HintStore.Part looked = store.part(0, 0, ALL, 4, hint -> hint.seq() > 6);
    assertEquals(List.of(), places(looked));
    assertEquals(List.of(70L, 80L, 90L), places(store.part(0, looked.next(), ALL, ALL, hint -> hint.seq() > 6)));
  }

  @Test
  void letsGoOfWhatAllOwnersHave() {
    store.add(0, hint(1, 1, false, 0xA, 1));
    store.add(0, hint(2, 2, false, 0xB, 5));
    store.add(0, hint(3, 3, false, 0xA, 2));
    store.add(1, hint(4, 4, false, 0xA, 1));
    assertEquals(2, store.handedOver(0, VersionVector.of(0xA, 2), ALL));
    assertEquals(List.of(2L), all(0));
    assertEquals(List.of(4L), all(1));
    assertEquals(1, store.handedOver(0, VersionVector.of(0xB, 9), ALL));
    assertNull(store.standing(0));
    assertEquals(VersionVector.EMPTY, store.dots(0));
    assertEquals(1, again().count());
  }

  @Test
  void refusesWhatWouldBeTooMuch() {
    assertTrue(store.takes(1_000, LIMITS));
    assertFalse(store.takes(1_001, LIMITS));
    store.add(0, hint(1, 1, false, 0xA, 1));
    assertTrue(store.takes(990, LIMITS));
    assertFalse(store.takes(991, LIMITS));
  }

  @Test
  void dropsTheOldestFromTheFrontButNoBlindWrite() {
    store.add(0, hint(1, 100, true, 0xB, 1));
    store.add(0, hint(2, 200, false, 0xA, 1));
    store.add(0, hint(3, 300, false, 0xA, 2));
    store.add(0, hint(4, 9_000, false, 0xA, 3));
    store.add(0, hint(5, 250, false, 0xA, 4)); // the wall clock jumped: it stays as long as what came before it
    assertEquals(0, store.expire(0, 5_000, LIMITS, ALL));
    assertEquals(2, store.expire(0, 8_000, LIMITS, ALL));
    assertEquals(List.of(1L, 4L, 5L), all(0));
    assertEquals(0, store.expire(0, 1_000_000, new HintLimits(1_000, 0, 1), ALL));
    assertEquals(2, store.expire(0, 1_000_000, LIMITS, ALL));
    assertEquals(List.of(1L), all(0));
    assertEquals(4, store.dropped());
    assertEquals(1, again().count());
  }

  @Test
  void sequencesOfBlindWritesAreWrittenAgainFromMemory() {
    store.wroteBlind(9, 0xA, 4);
    rows.delete(HexFormat.of().parseHex("ffff020009"));
    assertEquals(0, again().blindSeq(9, 0xA));
    store.saveSequences();
    assertEquals(4, again().blindSeq(9, 0xA));
    store.wroteBlind(9, 0xA, 3);
    assertEquals(4, store.blindSeq(9, 0xA));
  }

  /** Frozen: what an earlier version kept must be handed over. */
  @Test
  void theFormatIsFrozen() {
    store.add(0x18a, new Hint(0x55, 0x66, true, 0x0a0b0c0d0e0fL, 300, new byte[] {1, 2}));
    assertArrayEquals(HexFormat.of().parseHex("01" + "0000000000000066" + "0a0b0c0d0e0f" + "ac02" + "0102"),
        rows.get(HexFormat.of().parseHex("ffff" + "01" + "018a" + "0000000000000055")));
    store.wroteBlind(0x18a, 0xB2, 9);
    assertArrayEquals(new Bytes(8).vector(VersionVector.of(0xB2, 9)).copy(),
        rows.get(HexFormat.of().parseHex("ffff" + "02" + "018a")));
  }

  /** Whatever comes and goes, the counts are those of the records. */
  @Test
  void countsAgreeWithTheRecords() {
    for (long seed = 1; seed <= 50; seed++) {
      Random chance = new Random(seed);
      MemoryByteStore disk = new MemoryByteStore();
      HintStore live = new HintStore(disk);
      TreeMap<Long, Hint> model = new TreeMap<>();
      for (int i = 1; i <= 200; i++) {
        switch (chance.nextInt(6)) {
          case 0 -> {
            VersionVector owners = VersionVector.of(1, chance.nextInt(i)).with(2, chance.nextInt(i));
            live.handedOver(0, owners, ALL);
            model.values().removeIf(hint -> owners.covers(hint.actor(), hint.seq()));
          }
          case 1 -> {
            live = new HintStore(disk);
            live.load();
          }
          default -> {
            Hint hint = hint(i, i, chance.nextInt(4) == 0, 1 + chance.nextInt(2), i);
            live.add(0, hint);
            model.put((long) i, hint);
          }
        }
        List<Long> places = new ArrayList<>(model.keySet());
        assertEquals(places, places(live.part(0, 0, ALL, ALL, hint -> true)), "seed " + seed);
        HintStore.Standing expected = model.isEmpty() ? null : new HintStore.Standing(model.size(), 10L * model.size(),
            model.values().stream().filter(Hint::blind).count(), model.firstEntry().getValue().arrivedMillis());
        assertEquals(expected, live.standing(0), "seed " + seed);
        assertEquals(10L * model.size(), live.bytes(), "seed " + seed);
      }
    }
  }
}
