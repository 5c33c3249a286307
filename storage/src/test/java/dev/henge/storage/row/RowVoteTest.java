package dev.henge.storage.row;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.henge.storage.version.VersionVector;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowVoteTest {

  private static final VersionVector CLOCK = VersionVector.of(1, 50).with(2, 50);

  private static Row row(long actor, long seq, String payload) {
    return Row.written(null, new Sibling(actor, seq, 1000 + seq, false, 0, payload.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static RowVote.Result vote(boolean all, Row... copies) {
    return RowVote.decide(List.of(copies), List.of(), 2, all, CLOCK);
  }

  @Test
  void copiesThatDoNotContradictEachOtherAreMerged() {
    Row old = row(1, 3, "old");
    Row newer = Row.written(old, row(2, 4, "new").winner());
    assertEquals(new RowVote.Result(newer, RowVote.Outcome.AGREED), vote(false, old, newer));
    Row concurrent = row(2, 9, "other");
    assertEquals(RowMerge.merge(newer, concurrent), vote(true, newer, concurrent, old).row());
  }

  @Test
  void theMajorityOutvotesOneThatHasAnotherContentUnderTheSameDot() {
    Row good = row(1, 5, "good");
    Row rotten = row(1, 5, "gooe");
    for (List<Row> copies : List.of(List.of(good, good, rotten), List.of(rotten, good, good), List.of(good, rotten, good))) {
      assertEquals(new RowVote.Result(good, RowVote.Outcome.OUTVOTED), RowVote.decide(copies, List.of(), 2, true, CLOCK));
      assertEquals(new RowVote.Result(good, RowVote.Outcome.OUTVOTED), RowVote.decide(copies, List.of(), 2, false, CLOCK), "two are a majority anyway");
    }
  }

  @Test
  void withoutAMajorityARuleDecidesIfAllWereAsked() {
    Row a = row(1, 5, "a");
    Row b = row(1, 5, "b");
    Row c = row(1, 5, "c");
    assertNull(vote(false, a, b).row());
    assertEquals(RowVote.Outcome.OPEN, vote(false, a, b).outcome());
    assertEquals(RowVote.Outcome.DRAWN, vote(true, a, b).outcome());
    List<Row> copies = new ArrayList<>(List.of(a, b, c));
    for (int i = 0; i < 6; i++) {
      assertEquals(c, RowVote.decide(copies, List.of(), 2, true, CLOCK).row(), "the same whatever the order");
      Collections.shuffle(copies, new Random(i));
    }
  }

  @Test
  void shardsAreVotedOnAsSiblingsAre() {
    Row base = row(1, 5, "0");
    Row good = base.incremented(1, 6, BigDecimal.valueOf(7)).incremented(2, 7, BigDecimal.ONE);
    Row rotten = base.incremented(1, 6, BigDecimal.valueOf(1_000_007)).incremented(2, 7, BigDecimal.ONE);
    assertEquals(new RowVote.Result(good, RowVote.Outcome.OUTVOTED), vote(true, good, rotten, good));
  }

  @Test
  void aDotThatNobodyHasWrittenIsNone() {
    Row good = row(1, 5, "good");
    assertEquals(good, vote(true, row(77, 5, "good"), good).row());
    assertEquals(good, vote(true, good, row(1, 51, "good")).row(), "beyond the clock");
    Row aheadOfAll = Row.written(row(1, 1_000_000, "x"), row(1, 5, "good").winner());
    assertEquals(good, vote(true, aheadOfAll, good).row(), "its context claims what nobody has seen");
    assertEquals(new RowVote.Result(null, RowVote.Outcome.OPEN), vote(true, aheadOfAll));
  }

  @Test
  void whoHasSeenLessVotesAndIsNotMerged() {
    Row good = row(1, 5, "good");
    Row rotten = row(1, 5, "gooe");
    assertEquals(new RowVote.Result(good, RowVote.Outcome.OUTVOTED), RowVote.decide(List.of(rotten, good), List.of(good), 2, true, CLOCK));
    Row overwritten = row(2, 3, "old");
    assertEquals(good, RowVote.decide(List.of(good), List.of(overwritten), 2, true, CLOCK).row(), "its context may have been collected");
  }

  @Test
  void aTombstoneUnderItsOwnDotDeletes() {
    Row live = row(1, 5, "v");
    Row dead = Row.written(live, new Sibling(2, 6, 2000, true, 0, Sibling.NOTHING));
    assertEquals(dead, vote(true, live, dead, live).row());
    Row flag = Row.written(null, new Sibling(1, 5, 1005, true, 0, Sibling.NOTHING));
    assertArrayEquals(live.payload(), vote(true, live, flag, live).row().payload(), "one bit made it look deleted");
  }
}
