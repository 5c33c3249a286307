package dev.henge.resp.command;

/** What a command does with a key, in the order in which COMMAND INFO lists it. */
public enum KeyFlag {
    /** Reads the value only. */
    RO("RO"),
    /** Reads and changes it. */
    RW("RW"),
    /** Overwrites it unread. */
    OW("OW"),
    /** Removes it unread. */
    RM("RM"),
    /** Its data reach the client. */
    ACCESS("access"),
    /** Its data are changed. */
    UPDATE("update"),
    /** Data are added, none is changed or removed. */
    INSERT("insert"),
    /** Data are removed. */
    DELETE("delete"),
    /** Not a key but something that is routed like one: a shard channel. */
    NOT_KEY("not_key"),
    /** The key spec does not find all keys. */
    INCOMPLETE("incomplete"),
    /** What happens depends on other arguments. */
    VARIABLE_FLAGS("variable_flags");

    private final String text;

    KeyFlag(String text) {
        this.text = text;
    }

    /** The flag as Redis writes it. */
    public String text() {
        return text;
    }

    /** The flag's bit in a mask. */
    public int bit() {
        return 1 << ordinal();
    }

    static int mask(KeyFlag... flags) {
        int mask = 0;
        for (KeyFlag flag : flags) {
            mask |= flag.bit();
        }
        return mask;
    }

    static KeyFlag of(String text) {
        for (KeyFlag flag : values()) {
            if (flag.text.equals(text)) {
                return flag;
            }
        }
        throw new IllegalArgumentException("key flag " + text);
    }
}
