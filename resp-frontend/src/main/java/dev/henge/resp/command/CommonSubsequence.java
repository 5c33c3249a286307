package dev.henge.resp.command;

import dev.henge.resp.codec.RespEncoder;
import dev.henge.storage.type.Head;
import dev.henge.storage.type.StringValue;
import dev.henge.storage.type.ValueType;

/**
 * LCS: the longest common subsequence of two strings, by the dynamic programme over all pairs of prefixes (Wagner and
 * Fischer 1974):
 * {@code lengths(i, j)} is the best for the first i bytes of one and the first j of the other. Walking back from the
 * end gives the
 * subsequence, and the ranges in which both strings run alike. LEN needs two rows of the table only.
 */
final class CommonSubsequence {

  /** The table holds no more cells, of four bytes each: 128 MiB. */
  private static final long CELLS_MAX = 1L << 25;

  private final byte[] a;
  private final byte[] b;
  private int[] lengths;

  private CommonSubsequence(byte[] a, byte[] b) {
    this.a = a;
    this.b = b;
  }

  /** The command {@code LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]}. */
  static void lcs(CommandContext c) {
    byte[] a = string(c, 1);
    byte[] b = string(c, 2);
    boolean wantsLength = false;
    boolean wantsRanges = false;
    boolean withLengths = false;
    long shortest = 0;
    for (int i = 3; i < c.argCount(); i++) {
      if (c.request().is(i, "IDX")) {
        wantsRanges = true;
      } else if (c.request().is(i, "LEN")) {
        wantsLength = true;
      } else if (c.request().is(i, "WITHMATCHLEN")) {
        withLengths = true;
      } else if (c.request().is(i, "MINMATCHLEN") && i + 1 < c.argCount()) {
        shortest = Math.max(0, c.argLong(++i));
      } else {
        throw new CommandException(RedisErrors.SYNTAX);
      }
    }
    if (wantsLength && wantsRanges) {
      throw new CommandException("ERR If you want both the length and indexes, please just use IDX.");
    }
    CommonSubsequence common = new CommonSubsequence(a, b);
    if (wantsLength) {
      c.out().integer(common.length());
      return;
    }
    common.fill();
    if (wantsRanges) {
      common.replyRanges(c.out(), shortest, withLengths);
    } else {
      c.out().bulk(common.bytes());
    }
  }

  private static byte[] string(CommandContext c, int i) {
    Head head = c.head(i);
    if (head.type() != ValueType.STRING && head.exists()) {
      throw new CommandException("ERR The specified keys must contain string values");
    }
    byte[] value = new StringValue(c.keyspace(), head).get();
    return value == null ? new byte[0] : value;
  }

  private int length() {
    int[] above = new int[b.length + 1];
    int[] row = new int[b.length + 1];
    for (byte x : a) {
      for (int j = 1; j <= b.length; j++) {
        row[j] = x == b[j - 1] ? above[j - 1] + 1 : Math.max(above[j], row[j - 1]);
      }
      int[] filled = row;
      row = above;
      above = filled;
    }
    return above[b.length];
  }

  private void fill() {
    if ((a.length + 1L) * (b.length + 1L) > CELLS_MAX) {
      throw new CommandException("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    lengths = new int[(a.length + 1) * (b.length + 1)];
    for (int i = 1; i <= a.length; i++) {
      for (int j = 1; j <= b.length; j++) {
        lengths[at(i, j)] = a[i - 1] == b[j - 1]
            ? lengths[at(i - 1, j - 1)] + 1
            : Math.max(lengths[at(i - 1, j)], lengths[at(i, j - 1)]);
      }
    }
  }

  private int at(int i, int j) {
    return i * (b.length + 1) + j;
  }

  /** Whether the way back goes up; where both ways are as good it goes left, as in Redis. */
  private boolean goesUp(int i, int j) {
    return lengths[at(i - 1, j)] > lengths[at(i, j - 1)];
  }

  private byte[] bytes() {
    int left = lengths[at(a.length, b.length)];
    byte[] common = new byte[left];
    int i = a.length;
    int j = b.length;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        common[--left] = a[i - 1];
        i--;
        j--;
      } else if (goesUp(i, j)) {
        i--;
      } else {
        j--;
      }
    }
    return common;
  }

  private void replyRanges(RespEncoder out, long shortest, boolean withLengths) {
    out.map(2);
    out.bulk("matches");
    int mark = out.mark();
    int ranges = 0;
    int i = a.length;
    int j = b.length;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        int run = run(i, j);
        i -= run;
        j -= run;
        if (shortest == 0 || run >= shortest) {
          replyRange(out, i, j, run, withLengths);
          ranges++;
        }
      } else if (goesUp(i, j)) {
        i--;
      } else {
        j--;
      }
    }
    out.arrayAt(mark, ranges);
    out.bulk("len");
    out.integer(lengths[at(a.length, b.length)]);
  }

  /** How many bytes before (i, j) are the same one by one. */
  private int run(int i, int j) {
    int run = 0;
    while (run < i && run < j && a[i - run - 1] == b[j - run - 1]) {
      run++;
    }
    return run;
  }

  private static void replyRange(RespEncoder out, int i, int j, int run, boolean withLength) {
    out.array(withLength ? 3 : 2);
    out.array(2);
    out.integer(i);
    out.integer(i + run - 1L);
    out.array(2);
    out.integer(j);
    out.integer(j + run - 1L);
    if (withLength) {
      out.integer(run);
    }
  }
}
