package dev.henge.resp.command;

/**
 * A pattern as KEYS, SCAN and PSUBSCRIBE know them: {@code *}, {@code ?}, {@code [abc]}, {@code [^a-z]}, and {@code \} before a
 * byte that stands for itself.
 *
 * <p>Oddities are Redis's: a class that nothing closes ends with the pattern, {@code []} matches nothing, bytes in ranges compare
 * as signed. A star that fails is retried from the last one only, which finds a match if there is any and takes at most the product of both
 * lengths, where plain recursion would take exponential time.
 */
public final class GlobPattern {

  private final byte[] pattern;

  /** Where the element after the one that {@link #matchesOne} looked at begins. */
  private int next;

  public GlobPattern(byte[] pattern) {
    this.pattern = pattern;
  }

  /** Whether every text matches. */
  public boolean matchesAll() {
    return pattern.length == 1 && pattern[0] == '*';
  }

  public boolean matches(byte[] text) {
    int p = 0;
    int t = 0;
    int retryPattern = -1;
    int retryText = -1;
    while (t < text.length) {
      if (p < pattern.length && pattern[p] == '*') {
        retryPattern = ++p;
        retryText = t;
      } else if (p < pattern.length && matchesOne(p, text[t])) {
        p = next;
        t++;
      } else if (retryPattern >= 0) {
        p = retryPattern;
        t = ++retryText;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
  }

  private boolean matchesOne(int p, byte c) {
    switch (pattern[p]) {
      case '?' -> {
        next = p + 1;
        return true;
      }
      case '[' -> {
        return matchesClass(p + 1, c);
      }
      case '\\' -> {
        int literal = p + 1 < pattern.length ? p + 1 : p;
        next = literal + 1;
        return pattern[literal] == c;
      }
      default -> {
        next = p + 1;
        return pattern[p] == c;
      }
    }
  }

  private boolean matchesClass(int begin, byte c) {
    boolean negated = begin < pattern.length && pattern[begin] == '^';
    boolean in = false;
    int p = negated ? begin + 1 : begin;
    while (p < pattern.length && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < pattern.length) {
        in |= pattern[p + 1] == c;
        p += 2;
      } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
        in |= Math.min(pattern[p], pattern[p + 2]) <= c && c <= Math.max(pattern[p], pattern[p + 2]);
        p += 3;
      } else {
        in |= pattern[p] == c;
        p++;
      }
    }
    next = Math.min(p + 1, pattern.length);
    return in != negated;
  }
}
