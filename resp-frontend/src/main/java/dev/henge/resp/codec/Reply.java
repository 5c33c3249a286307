package dev.henge.resp.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A decoded reply, of RESP2 or RESP3. Strings stand for bytes (ISO 8859-1). */
public sealed interface Reply {
    /** A status, such as {@code OK}. */
    record Simple(String text) implements Reply {
    }

    /** An error: its code, a blank, and its text. */
    record Error(String text) implements Reply {
        /** The first word, such as {@code WRONGTYPE}. */
        public String code() {
            int blank = text.indexOf(' ');
            return blank < 0 ? text : text.substring(0, blank);
        }
    }

    /** An integer. */
    record Int(long value) implements Reply {
    }

    /** A string of bytes; the array is not copied. */
    record Bulk(byte[] bytes) implements Reply {
        /** The bytes as a string (ISO 8859-1). */
        public String text() {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bulk bulk && Arrays.equals(bytes, bulk.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "Bulk[" + text() + "]";
        }
    }

    /** The absence of a value; {@code array} if RESP2's {@code *-1}. */
    record Null(boolean array) implements Reply {
    }

    /** A list of replies. */
    record Array(List<Reply> elements) implements Reply {
    }

    /** A map: key, value, key, value, in the order received. */
    record Map(List<Reply> keysAndValues) implements Reply {
        /** The value of a key that is a string, or null. */
        public Reply get(String key) {
            for (int i = 0; i + 1 < keysAndValues.size(); i += 2) {
                if (key.equals(keysAndValues.get(i).asText())) {
                    return keysAndValues.get(i + 1);
                }
            }
            return null;
        }
    }

    /** A set, in the order received. */
    record SetReply(List<Reply> elements) implements Reply {
    }

    /** A double. */
    record Double(double value) implements Reply {
    }

    /** A boolean. */
    record Bool(boolean value) implements Reply {
    }

    /** A message that answers no request. */
    record Push(List<Reply> elements) implements Reply {
    }

    /** Text for people, with its three-letter format. */
    record Verbatim(String format, String text) implements Reply {
    }

    /** An integer of any size, in decimal. */
    record Big(String decimal) implements Reply {
    }

    /** The text of a status, error, string or verbatim text; null for anything else. */
    default String asText() {
        if (this instanceof Bulk bulk) {
            return bulk.text();
        }
        if (this instanceof Simple simple) {
            return simple.text();
        }
        if (this instanceof Error error) {
            return error.text();
        }
        return this instanceof Verbatim verbatim ? verbatim.text() : null;
    }
}
