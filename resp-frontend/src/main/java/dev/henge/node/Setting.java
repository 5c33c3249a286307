package dev.henge.node;

import java.util.List;
import java.util.Locale;

/**
 * One row of the table of settings: what it is called, what it may be, and whether it may change while the node runs.
 *
 * <p>Values travel as text in one canonical form ({@link #canonical}); {@link NodeConfig} gives them their types.
 *
 * @param name       as written in files and flags; HENGE_NAME in the environment
 * @param derivation how the default comes from other settings; empty if {@code defaultText} is the default itself
 * @param min        lowest number allowed, for {@link Kind#WHOLE} and {@link Kind#SIZE}
 * @param max        highest number allowed, for the same
 * @param unit       what the number counts; empty if the name says it
 * @param redisName  the name Redis gives it in CONFIG GET; empty if Redis has none
 * @param runtime    whether CONFIG SET may change it
 * @param common     whether {@code --help} shows it as a flag of its own
 */
public record Setting(
        String name, Kind kind, Group group, String defaultText, String derivation, long min, long max,
        List<String> choices, String unit, String redisName, boolean runtime, boolean common, String doc) {

    /** What kind of text a setting takes. */
    public enum Kind {
        TEXT("text"), SECRET("secret"), WHOLE("whole number"), SIZE("size"), SWITCH("yes or no"), CHOICE("choice"),
        SEEDS("list of seeds"), LOG_SYNC("sync mode"), QUORUM("majority or a number"),
        FOLLOWS("follows another setting");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** The kind in words, for help and documentation. */
        public String words() {
            return words;
        }
    }

    /** The chapters of the settings' documentation. */
    public enum Group {
        ADDRESSES("Addresses and directories"),
        RING("Ring and replication"),
        DURABILITY("Durability and storage"),
        CLIENTS("Clients and limits"),
        PROCESS("Process"),
        REDIS("Names that Redis clients read");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        /** The chapter's title. */
        public String title() {
            return title;
        }
    }

    private static Setting row(
            Kind kind, Group group, String name, String defaultText, long min, long max, String doc) {
        return new Setting(name, kind, group, defaultText, "", min, max, List.of(), "", "", false, false, doc);
    }

    static Setting text(Group group, String name, String defaultText, String doc) {
        return row(Kind.TEXT, group, name, defaultText, 0, 0, doc);
    }

    /** A text that nobody is shown. */
    static Setting secret(Group group, String name, long charsMin, String doc) {
        return row(Kind.SECRET, group, name, "", charsMin, 0, doc);
    }

    static Setting whole(Group group, String name, long defaultValue, long min, long max, String doc) {
        return row(Kind.WHOLE, group, name, Long.toString(defaultValue), min, max, doc);
    }

    static Setting size(Group group, String name, long defaultBytes, long min, long max, String doc) {
        return row(Kind.SIZE, group, name, Long.toString(defaultBytes), min, max, doc).unit("bytes");
    }

    static Setting yesNo(Group group, String name, boolean defaultValue, String doc) {
        return row(Kind.SWITCH, group, name, defaultValue ? "yes" : "no", 0, 0, doc);
    }

    static Setting choice(Group group, String name, List<String> choices, String doc) {
        return new Setting(name, Kind.CHOICE, group, choices.get(0), "", 0, 0, choices, "", "", false, false, doc);
    }

    /** The same row with another default. */
    Setting orElse(String value) {
        return new Setting(
                name, kind, group, value, derivation, min, max, choices, unit, redisName, runtime, common, doc);
    }

    static Setting of(Kind kind, Group group, String name, String defaultText, String doc) {
        return row(kind, group, name, defaultText, 0, 0, doc);
    }

    /** The same row whose default is worked out from other settings when none is given. */
    Setting derived(String how) {
        return new Setting(name, kind, group, "", how, min, max, choices, unit, redisName, runtime, common, doc);
    }

    Setting unit(String word) {
        return new Setting(
                name, kind, group, defaultText, derivation, min, max, choices, word, redisName, runtime, common, doc);
    }

    /** The same row that CONFIG GET also shows under Redis's name for it. */
    Setting redis(String redis) {
        return new Setting(
                name, kind, group, defaultText, derivation, min, max, choices, unit, redis, runtime, common, doc);
    }

    /** The same row, called in Redis as here. */
    Setting redis() {
        return redis(name);
    }

    Setting atRunTime() {
        return new Setting(
                name, kind, group, defaultText, derivation, min, max, choices, unit, redisName, true, common, doc);
    }

    Setting asFlag() {
        return new Setting(
                name, kind, group, defaultText, derivation, min, max, choices, unit, redisName, runtime, true, doc);
    }

    /** The environment variable that sets it. */
    public String environmentName() {
        return "HENGE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** Whether the default comes from other settings. */
    public boolean isDerived() {
        return !derivation.isEmpty();
    }

    /**
     * The text in the one form that is stored and shown.
     *
     * @throws SettingException if the setting cannot take this text
     */
    public String canonical(String text) {
        String trimmed = text.trim();
        if (isDerived() && trimmed.isEmpty()) {
            return "";
        }
        return switch (kind) {
            case TEXT -> text;
            case SECRET -> secret(trimmed);
            case WHOLE -> Long.toString(bounded(trimmed, Sizes.whole(trimmed)));
            case SIZE -> Long.toString(bounded(trimmed, Sizes.bytes(trimmed)));
            case SWITCH -> yesOrNo(trimmed);
            case CHOICE -> oneOf(trimmed);
            case SEEDS -> Seed.canonical(this, trimmed);
            case LOG_SYNC -> LogSync.parse(this, trimmed).text();
            case QUORUM -> quorum(trimmed);
            case FOLLOWS -> throw bad(text, "it cannot be set: it follows " + derivation);
        };
    }

    private long bounded(String text, long value) {
        if (value == Sizes.NOT_A_NUMBER || value < min || value > max) {
            throw bad(text, "it takes " + range());
        }
        return value;
    }

    /** What is refused is not shown: it may be the true one with a character missing. */
    private String secret(String text) {
        if (!text.isEmpty() && text.length() < min) {
            throw new SettingException(name + " cannot be so short: it takes " + range());
        }
        return text;
    }

    private String yesOrNo(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "yes", "true", "on", "1" -> "yes";
            case "no", "false", "off", "0" -> "no";
            default -> throw bad(text, "it takes yes or no");
        };
    }

    private String oneOf(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!choices.contains(lower)) {
            throw bad(text, "it takes " + String.join(" or ", choices));
        }
        return lower;
    }

    private String quorum(String text) {
        if (text.equalsIgnoreCase("majority")) {
            return "majority";
        }
        if (Sizes.whole(text) < 1) {
            throw bad(text, "it takes majority, or a number from 1 to replicas");
        }
        return Long.toString(Sizes.whole(text));
    }

    /** What may be written, in words. */
    String range() {
        return switch (kind) {
            case WHOLE -> min == Long.MIN_VALUE && max == Long.MAX_VALUE ? "a whole number"
                    : max == Long.MAX_VALUE ? "a whole number of " + min + " or more"
                    : "a whole number from " + min + " to " + max;
            case SIZE -> "a size such as 64mb, " + Sizes.words(min)
                    + (max == Long.MAX_VALUE ? " or more" : " to " + Sizes.words(max));
            case CHOICE -> String.join(", ", choices);
            case LOG_SYNC -> "always, everysec, never, or a number of milliseconds";
            case QUORUM -> "majority, or a number from 1 to replicas";
            case SEEDS -> "host:port[@gossip-port], comma separated";
            case SWITCH -> "yes, no";
            case TEXT -> "text";
            case SECRET -> "text of at least " + min + " characters";
            case FOLLOWS -> "nothing";
        };
    }

    SettingException bad(String text, String why) {
        return new SettingException(name + " cannot be '" + Sizes.oneLine(text) + "': " + why);
    }
}
