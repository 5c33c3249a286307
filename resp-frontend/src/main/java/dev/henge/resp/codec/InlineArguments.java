package dev.henge.resp.codec;

/**
 * The quoting rules of inline commands and of configuration lines: blanks part arguments; {@code "..."} knows
 * {@code \xHH \n \r \t \b \a} and {@code \} before any other byte; {@code '...'} knows {@code \'} only; a closing
 * quote must be followed by a blank or the end.
 */
final class InlineArguments {
    private InlineArguments() {
    }

    /**
     * Splits {@code [from, to)}; the arguments' bytes go to {@code out}, which has room for as many bytes as the line
     * has, and their ranges are added to {@code into}.
     *
     * @return whether the quotes are balanced; if not, {@code into} holds the arguments before the fault
     */
    static boolean split(byte[] line, int from, int to, byte[] out, Request into) {
        int at = from;
        int written = 0;
        while (true) {
            while (at < to && blank(line[at])) {
                at++;
            }
            if (at == to) {
                return true;
            }
            int argument = written;
            while (at < to && !ends(line[at])) {
                byte c = line[at++];
                if (c != '"' && c != '\'') {
                    out[written++] = c;
                    continue;
                }
                long quoted = c == '"' ? doubleQuoted(line, at, to, out, written)
                        : singleQuoted(line, at, to, out, written);
                if (quoted < 0) {
                    return false;
                }
                at = (int) (quoted >>> 32);
                written = (int) quoted;
                break;
            }
            into.add(argument, written - argument);
        }
    }

    /** Returns the position after the closing quote in the high half, bytes written in the low one; -1: unbalanced. */
    private static long doubleQuoted(byte[] line, int from, int to, byte[] out, int outFrom) {
        int written = outFrom;
        for (int at = from; at < to; at++) {
            byte c = line[at];
            if (c == '"') {
                return closed(line, at + 1, to, written);
            }
            if (c == '\\' && at + 3 < to && line[at + 1] == 'x' && hex(line[at + 2]) >= 0 && hex(line[at + 3]) >= 0) {
                out[written++] = (byte) (hex(line[at + 2]) * 16 + hex(line[at + 3]));
                at += 3;
            } else if (c == '\\' && at + 1 < to) {
                out[written++] = escaped(line[++at]);
            } else {
                out[written++] = c;
            }
        }
        return -1;
    }

    private static long singleQuoted(byte[] line, int from, int to, byte[] out, int outFrom) {
        int written = outFrom;
        for (int at = from; at < to; at++) {
            byte c = line[at];
            if (c == '\'') {
                return closed(line, at + 1, to, written);
            }
            if (c == '\\' && at + 1 < to && line[at + 1] == '\'') {
                at++;
                c = '\'';
            }
            out[written++] = c;
        }
        return -1;
    }

    private static long closed(byte[] line, int at, int to, int written) {
        return at < to && !blank(line[at]) ? -1 : (long) at << 32 | written;
    }

    private static byte escaped(byte c) {
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> c;
        };
    }

    private static boolean blank(byte c) {
        return c == ' ' || c >= 9 && c <= 13;
    }

    /** What ends an argument outside of quotes: fewer bytes than are skipped before one, as in Redis. */
    private static boolean ends(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static int hex(byte c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
