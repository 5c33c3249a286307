package dev.henge.resp.command;

import dev.henge.storage.type.Head;
import dev.henge.storage.type.MemberVisitor;
import dev.henge.storage.type.SortedSetValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Members with scores in memory: what a command found and stores under another key, or sorts for its reply. */
final class ScoredMembers implements MemberVisitor {

  private record Scored(byte[] member, double score) implements Comparable<Scored> {

    @Override
    public int compareTo(Scored other) {
      if (score != other.score) {
        return score < other.score ? -1 : 1;
      }
      return Arrays.compareUnsigned(member, other.member);
    }
  }

  private final List<Scored> members = new ArrayList<>();

  @Override
  public boolean visit(byte[] bytes, int offset, int length, double score) {
    members.add(new Scored(Arrays.copyOfRange(bytes, offset, offset + length), score));
    return true;
  }

  /** Adds a member; the array is kept. */
  void add(byte[] member, double score) {
    members.add(new Scored(member, score));
  }

  /** Makes them the whole of the key at argument {@code i}, and their number the reply. */
  void storeAt(CommandContext c, int i) {
    Head head = c.head(i);
    c.keyspace().delete(head);
    SortedSetValue set = new SortedSetValue(c.keyspace(), head);
    for (Scored m : members) {
      set.member(m.member).put(m.score);
    }
    c.out().integer(members.size());
  }

  /** Replies with them in score order. */
  void reply(CommandContext c, boolean withScores) {
    members.sort(null);
    ScoredReply reply = new ScoredReply(c.out(), withScores);
    for (Scored m : members) {
      reply.visit(m.member, 0, m.member.length, m.score);
    }
    reply.end();
  }
}
