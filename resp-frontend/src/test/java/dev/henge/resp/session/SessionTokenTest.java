package dev.henge.resp.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.coordinator.Consistency;
import dev.henge.ring.replica.ReadLevel;
import dev.henge.ring.replica.Terms;
import dev.henge.storage.version.VersionVector;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Tokens are read as they were written, and nothing else is; a session keeps what it must, and no more. */
class SessionTokenTest {

  private static final int VNODES = 1024;

  private static Map<Integer, VersionVector> clocks(Random chance, int vnodes) {
    Map<Integer, VersionVector> clocks = new TreeMap<>();
    for (int n = 0; n < vnodes; n++) {
      VersionVector clock = VersionVector.EMPTY;
      for (int actors = chance.nextInt(5); actors > 0; actors--) {
        clock = clock.with(1 + chance.nextInt(6) * 0x1234_5678_9AL, 1 + (chance.nextLong() >>> 1 + chance.nextInt(62)));
      }
      clocks.put(chance.nextInt(VNODES), clock);
    }
    return clocks;
  }

  @Property(tries = 300)
  void aTokenIsReadAsItWasWritten(@ForAll long seed) {
    Random chance = new Random(seed);
    Map<Integer, VersionVector> clocks = clocks(chance, chance.nextInt(40));
    String token = SessionToken.write(VNODES, clocks);
    assertTrue(token.matches("h1\\.[A-Za-z0-9_-]+"), token);
    assertEquals(clocks, SessionToken.read(VNODES, token));
    assertNull(SessionToken.read(VNODES / 2, token), "of another ring");
    char[] broken = token.toCharArray();
    int at = 3 + chance.nextInt(broken.length - 4);
    broken[at] = broken[at] == 'A' ? 'B' : 'A';
    assertNull(SessionToken.read(VNODES, new String(broken)));
  }

  @Test
  void aTokenOfAllVnodesIsShort() {
    Map<Integer, VersionVector> clocks = new TreeMap<>();
    for (int v = 0; v < VNODES; v++) {
      clocks.put(v, VersionVector.of(0xAAAA_BBBB_CCCCL, 1_000_000 + v).with(0x1111_2222_3333L, 5).with(0x4444_5555_6666L, 70_000));
    }
    int length = SessionToken.write(VNODES, clocks).length();
    assertTrue(length < 20_000, "length " + length);
  }

  @Test
  void aSessionKeepsWhatItMust() {
    ClientSession session = new ClientSession();
    Consistency server = new Consistency(Terms.AS_CONFIGURED, ReadLevel.PRIMARY);
    VersionVector one = VersionVector.of(1, 1);
    session.answered(3, false, one);
    assertTrue(session.seen().isEmpty(), "reads are nobody's business before somebody asks");
    session.wrote(900, one);
    session.answered(900, true, VersionVector.of(2, 7));
    IntFunction<VersionVector> none = vnode -> VersionVector.EMPTY;
    assertEquals(Map.of(900, one.with(2, 7)), session.written(none));
    assertTrue(session.plain(server));
    assertEquals(Terms.PLAIN, session.terms(900, false, server));
    session.follow(none);
    assertEquals(session.written(none), session.seen());
    session.answered(3, false, one);
    assertEquals(new Terms(0, ReadLevel.PRIMARY, one, true), session.terms(3, false, server));
    session.choose(new Consistency(Terms.ALL, ReadLevel.ONE));
    assertEquals(new Terms(Terms.ALL, ReadLevel.PRIMARY, one, true), session.terms(3, true, server), "a write reads at the primary");
    assertEquals(new Terms(0, ReadLevel.ONE, VersionVector.EMPTY, true), session.terms(4, false, server));
    session.forget();
    assertTrue(session.plain(server) && session.written(none).isEmpty() && session.seen().isEmpty());
  }

  /** Of what this node executed, the clock that it has by the time somebody asks covers the write. */
  @Test
  void writesHereAreToldByTheClocksOfTheMoment() {
    ClientSession session = new ClientSession();
    VersionVector then = VersionVector.of(1, 4);
    session.wrote(7, VersionVector.of(2, 9));
    session.wroteHere(7);
    session.wroteHere(1023);
    IntFunction<VersionVector> now = vnode -> vnode == 7 ? then : vnode == 1023 ? then.with(3, 1) : null;
    Map<Integer, VersionVector> expected = Map.of(7, then.with(2, 9), 1023, then.with(3, 1));
    assertEquals(expected, session.written(now));
    session.follow(now);
    assertEquals(expected, session.seen());
    session.forget();
    assertTrue(session.written(now).isEmpty(), "what was written here is forgotten too");
  }
}
