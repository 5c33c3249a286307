package dev.henge.ring.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.version.VersionVector;
import org.junit.jupiter.api.Test;

/** The words for W and R, who decides of them, and the arithmetic of a read that asks owners. */
class ConsistencyTest {

  @Test
  void wordsAreReadAsTheyAreWritten() {
    for (int owners : new int[] {Terms.AS_CONFIGURED, 1, 2, 7, Terms.OWNERS_MAX, Terms.MAJORITY, Terms.ALL}) {
      assertEquals(owners, Consistency.writeOwners(Consistency.word(owners)));
    }
    assertEquals(Terms.MAJORITY, Consistency.writeOwners("Majority"));
    for (String bad : new String[] {"", "0", "-1", "65", "01", "two", "1.0"}) {
      assertEquals(-1, Consistency.writeOwners(bad), bad);
    }
    for (ReadLevel level : ReadLevel.values()) {
      assertEquals(level, Consistency.reads(level.word().toUpperCase(java.util.Locale.ROOT)));
    }
    assertNull(Consistency.reads("default"));
    assertThrows(IllegalArgumentException.class, () -> new Terms(Terms.OWNERS_MAX + 1, ReadLevel.ONE, VersionVector.EMPTY, false));
  }

  @Test
  void whatOneLeavesOpenTheNextDecides() {
    Consistency server = new Consistency(Terms.AS_CONFIGURED, ReadLevel.PRIMARY);
    Consistency user = Consistency.OPEN.withWriteOwners(2);
    assertEquals(server, Consistency.OPEN.over(server));
    assertEquals(new Consistency(2, ReadLevel.QUORUM), Consistency.OPEN.withReads(ReadLevel.QUORUM).over(user).over(server));
    assertEquals(new Consistency(Terms.ALL, ReadLevel.PRIMARY), new Consistency(Terms.ALL, null).over(user).over(server));
  }

  @Test
  void ownersCountOnceAndOnlyIfCovered() {
    VersionVector own = VersionVector.of(1, 5).with(2, 3);
    ReadQuorum three = new ReadQuorum(ReadLevel.ALL.owners(3));
    assertFalse(three.enough(own));
    three.answered("b", VersionVector.of(1, 5));
    three.answered("b", VersionVector.of(1, 5));
    assertFalse(three.enough(own), "one owner counts once");
    three.answered("c", VersionVector.of(2, 4));
    assertFalse(three.enough(own), "it has seen what is not here");
    assertEquals("c", three.ahead(own));
    assertTrue(three.enough(own.with(2, 4)));
    assertNull(three.ahead(own.with(2, 4)));
    three.answered("c", VersionVector.of(2, 9));
    assertTrue(three.enough(own.with(2, 4)), "what it wrote since need not be read");
    assertTrue(new ReadQuorum(ReadLevel.QUORUM.owners(1)).enough(own));
    assertEquals(3, ReadLevel.QUORUM.owners(4));
    assertEquals(2, ReadLevel.QUORUM.owners(3));
  }
}
