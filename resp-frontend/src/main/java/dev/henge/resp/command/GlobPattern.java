package dev.henge.resp.command;

import java.nio.charset.StandardCharsets;

/**
 * A glob over bytes with the meaning of Redis's {@code stringmatchlen}: {@code *}, {@code ?}, {@code [a-z]},
 * {@code [^...]}, and {@code \} before a byte meant literally.
 *
 * <p>Only the last star is ever tried again: when what follows a star fits nowhere, giving an earlier star more cannot
 * help. So a match takes at most pattern times text steps, where plain backtracking is exponential in the stars.
 *
 * <p>Kept as Redis has them: an empty text fits only the empty pattern; a class may lack its bracket; bytes are
 * signed in ranges, and a range's ends may be swapped; an escaped byte in a class keeps its case.
 */
public final class GlobPattern {
    private final byte[] pattern;
    private final boolean anyCase;

    /** Makes a pattern; with {@code anyCase}, ASCII letters fit in either case. */
    public GlobPattern(byte[] pattern, boolean anyCase) {
        this.pattern = pattern.clone();
        this.anyCase = anyCase;
    }

    /** Makes a pattern of a string that stands for bytes. */
    public GlobPattern(String pattern, boolean anyCase) {
        this(pattern.getBytes(StandardCharsets.ISO_8859_1), anyCase);
    }

    /** Whether the pattern is a single star, which SCAN and KEYS take to fit everything, the empty key too. */
    public boolean matchesAll() {
        return pattern.length == 1 && pattern[0] == '*';
    }

    /** Whether the text fits. */
    public boolean matches(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return matches(bytes, 0, bytes.length);
    }

    /** Whether the text fits. */
    public boolean matches(byte[] text, int offset, int length) {
        if (length == 0) {
            return pattern.length == 0;
        }
        int end = offset + length;
        int at = offset;
        int p = 0;
        int afterStar = -1;
        int starAt = 0;
        while (at < end) {
            if (p < pattern.length && pattern[p] == '*') {
                p = skipStars(p);
                if (p == pattern.length) {
                    return true;
                }
                afterStar = p;
                starAt = at;
                continue;
            }
            int next = p < pattern.length ? one(p, text[at]) : -1;
            if (next >= 0) {
                p = next;
                at++;
            } else if (afterStar >= 0) {
                p = afterStar;
                at = ++starAt;
            } else {
                return false;
            }
        }
        return skipStars(p) == pattern.length;
    }

    private int skipStars(int from) {
        int p = from;
        while (p < pattern.length && pattern[p] == '*') {
            p++;
        }
        return p;
    }

    /** Where the pattern goes on if its element at {@code p} fits the byte; -1 if it does not. */
    private int one(int p, byte c) {
        switch (pattern[p]) {
            case '?':
                return p + 1;
            case '[':
                return charClass(p + 1, c);
            case '\\':
                int literal = p + 1 < pattern.length ? p + 1 : p;
                return fold(pattern[literal]) == fold(c) ? literal + 1 : -1;
            default:
                return fold(pattern[p]) == fold(c) ? p + 1 : -1;
        }
    }

    private int charClass(int from, byte c) {
        int p = from;
        boolean not = p < pattern.length && pattern[p] == '^';
        if (not) {
            p++;
        }
        boolean match = false;
        while (p < pattern.length && pattern[p] != ']') {
            int left = pattern.length - p;
            if (left >= 2 && pattern[p] == '\\') {
                p++;
                match |= pattern[p] == c;
            } else if (left >= 3 && pattern[p + 1] == '-') {
                match |= inRange(pattern[p], pattern[p + 2], c);
                p += 2;
            } else {
                match |= fold(pattern[p]) == fold(c);
            }
            p++;
        }
        int after = Math.min(p + 1, pattern.length);
        return match != not ? after : -1;
    }

    private boolean inRange(byte a, byte b, byte c) {
        byte low = a < b ? a : b;
        byte high = a < b ? b : a;
        return fold(c) >= fold(low) && fold(c) <= fold(high);
    }

    private int fold(byte c) {
        return anyCase && c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
}
