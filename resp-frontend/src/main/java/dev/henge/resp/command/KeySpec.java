package dev.henge.resp.command;

/** Where some of a command's keys are: where to begin, and which arguments from there are keys. */
public record KeySpec(int flags, Begin begin, Find find) {
    /** How the first key, or the count of keys, is found. */
    public sealed interface Begin {
    }

    /** At a fixed argument. */
    public record Index(int index) implements Begin {
    }

    /** After a word, looked for from an argument on; backwards from the end if negative. */
    public record Keyword(String keyword, int startFrom) implements Begin {
    }

    /** From there on, which arguments are keys. */
    public sealed interface Find {
    }

    /** Every {@code step}-th up to {@code lastKey}: relative if not negative, else from the end, over {@code limit}. */
    public record Range(int lastKey, int step, int limit) implements Find {
    }

    /** As many as an argument says. */
    public record KeyNum(int keyNumIndex, int firstKey, int step) implements Find {
    }

    /** Nothing that a spec can say. */
    public record Unknown() implements Begin, Find {
    }

    boolean has(KeyFlag flag) {
        return (flags & flag.bit()) != 0;
    }
}
