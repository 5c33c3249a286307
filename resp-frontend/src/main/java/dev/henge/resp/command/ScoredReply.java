package dev.henge.resp.command;

import dev.henge.resp.codec.RespEncoder;
import dev.henge.storage.type.MemberVisitor;

/**
 * An array of members, with scores or without, of a length known at the end; in RESP3 a member and its score are a
 * pair.
 */
final class ScoredReply implements MemberVisitor {

  private final RespEncoder out;
  private final boolean withScores;
  private final int start;
  private int elements;

  ScoredReply(RespEncoder out, boolean withScores) {
    this.out = out;
    this.withScores = withScores;
    this.start = out.mark();
  }

  @Override
  public boolean visit(byte[] bytes, int offset, int length, double score) {
    boolean pair = withScores && out.version() == 3;
    if (pair) {
      out.array(2);
    }
    out.bulk(bytes, offset, length);
    elements++;
    if (withScores) {
      out.doubleValue(score);
      elements += pair ? 0 : 1;
    }
    return true;
  }

  /** Puts the array's length in front. */
  void end() {
    out.arrayAt(start, elements);
  }
}
