package dev.henge.storage.row;

import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What several replicas' copies of one row come to when some of them may be rotten: {@link RowMerge}, after a vote on
 * whatever one dot names.
 *
 * <p>A dot names one write, so two copies that have another stamp, deadline, payload or sum under one dot cannot both
 * be what was written, and no merge can say which is. Copies are asked instead: what a majority of the owners has
 * stands. Where no majority agrees though all owners were asked, what most have stands, and among equals the one
 * whose bytes are higher: a choice that any node would make the same way, and that may be the wrong one. Where an
 * owner is missing, the row stays {@link Outcome#OPEN}. A copy that has not got the dot has no vote: it may have
 * overwritten it, or lost it.
 *
 * <p>A dot can rot, too. A copy that speaks of writes which nobody has made yet ({@code clock} does not cover them)
 * is rotten as a whole and is left out: its context would claim to have seen, and overwritten, what it has not. A dot
 * that was turned into another write's is not found out here, but by {@code KeyCopies}, where a majority has the same
 * row.
 */
public final class RowVote {

  /** How the copies came to one row. */
  public enum Outcome {
    /** No two copies contradicted each other. */
    AGREED,
    /** A majority of the owners outvoted the others. */
    OUTVOTED,
    /** All owners were asked, and the choice was made by rule. */
    DRAWN,
    /** An owner that could decide it is missing. */
    OPEN
  }

  /** @param row what all copies should be; null if it is open */
  public record Result(Row row, Outcome outcome) {}

  private final int majority;
  private final boolean all;
  private Outcome outcome = Outcome.AGREED;

  private RowVote(int majority, boolean all) {
    this.majority = majority;
    this.all = all;
  }

  /**
   * One row of several copies.
   *
   * @param copies of owners that have seen the same, at least one: these are merged
   * @param witnesses copies of owners that have seen less: they vote, and nothing more
   * @param majority of the vnode's owners
   * @param all whether every owner's copy is here, or known not to exist
   * @param clock covers all that the owners of the copies have seen
   */
  public static Result decide(List<Row> copies, List<Row> witnesses, int majority, boolean all, VersionVector clock) {
    List<Row> possible = copies.stream().filter(copy -> possible(copy, clock)).toList();
    if (possible.isEmpty()) {
      return new Result(null, Outcome.OPEN);
    }
    List<Row> voters = new ArrayList<>(possible);
    witnesses.stream().filter(copy -> possible(copy, clock)).forEach(voters::add);
    RowVote vote = new RowVote(majority, all);
    Row merged = null;
    for (Row copy : possible) {
      Row sound = vote.sound(copy, voters);
      merged = merged == null ? sound : RowMerge.merge(merged, sound);
    }
    return new Result(vote.outcome == Outcome.OPEN ? null : merged, vote.outcome);
  }

  private static boolean possible(Row copy, VersionVector clock) {
    return clock.covers(copy.context()) && copy.siblings().stream().allMatch(s -> clock.covers(s.actor(), s.seq()))
        && Arrays.stream(copy.shardArray()).allMatch(s -> clock.covers(s.actor(), s.seq()));
  }

  private Row sound(Row copy, List<Row> copies) {
    Sibling[] siblings = copy.siblingArray().clone();
    for (int i = 0; i < siblings.length; i++) {
      Sibling named = siblings[i];
      List<Ballot<Sibling>> ballots = new ArrayList<>();
      for (Row other : copies) {
        for (Sibling s : other.siblingArray()) {
          if (s.sameDot(named)) {
            cast(ballots, s);
          }
        }
      }
      siblings[i] = winner(ballots, RowVote::bytes);
    }
    Arrays.sort(siblings);
    return new Row(siblings, copy.context(), sound(copy.shardArray(), copies, false), sound(copy.floorArray(), copies, true));
  }

  private Shard[] sound(Shard[] shards, List<Row> copies, boolean floors) {
    Shard[] sound = shards.clone();
    for (int i = 0; i < sound.length; i++) {
      List<Ballot<Shard>> ballots = new ArrayList<>();
      for (Row other : copies) {
        Shard s = Row.find(floors ? other.floorArray() : other.shardArray(), sound[i].actor());
        if (s != null && s.seq() == sound[i].seq()) {
          cast(ballots, s);
        }
      }
      sound[i] = winner(ballots, RowVote::bytes);
    }
    return sound;
  }

  // ---------------------------------------------------------------- ballots

  private static final class Ballot<T> {
    final T content;
    int votes;

    Ballot(T content) {
      this.content = content;
    }
  }

  private interface Text<T> {
    byte[] of(T content);
  }

  private static <T> void cast(List<Ballot<T>> ballots, T content) {
    for (Ballot<T> ballot : ballots) {
      if (ballot.content.equals(content)) {
        ballot.votes++;
        return;
      }
    }
    Ballot<T> first = new Ballot<>(content);
    first.votes = 1;
    ballots.add(first);
  }

  private <T> T winner(List<Ballot<T>> ballots, Text<T> text) {
    if (ballots.size() == 1) {
      return ballots.get(0).content;
    }
    Ballot<T> first = ballots.get(0);
    for (Ballot<T> ballot : ballots) {
      int more = ballot.votes - first.votes;
      if (more > 0 || more == 0 && Arrays.compareUnsigned(text.of(ballot.content), text.of(first.content)) > 0) {
        first = ballot;
      }
    }
    Outcome how = first.votes >= majority ? Outcome.OUTVOTED : all ? Outcome.DRAWN : Outcome.OPEN;
    outcome = how.compareTo(outcome) > 0 ? how : outcome;
    return first.content;
  }

  private static byte[] bytes(Sibling s) {
    return RowCodec.encode(new Row(new Sibling[] {s}, VersionVector.of(s.actor(), s.seq()), Row.NO_SHARDS, Row.NO_SHARDS));
  }

  private static byte[] bytes(Shard s) {
    return RowCodec.encode(new Row(new Sibling[0], VersionVector.of(s.actor(), s.seq()), new Shard[] {s}, Row.NO_SHARDS));
  }
}
