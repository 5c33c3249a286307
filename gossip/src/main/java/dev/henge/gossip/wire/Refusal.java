package dev.henge.gossip.wire;

/**
 * Why one node does not talk with another, in words that read the same in both logs.
 *
 * @param reason the kind
 * @param words  what differs, with the names of both
 */
record Refusal(Reason reason, String words) {
    /** More is cut off: it must fit a handshake's frame in any alphabet. */
    static final int WORDS_CHARS_MAX = 240;

    /** The kinds; the number on the wire never changes its meaning. */
    enum Reason {
        /** One that a newer peer has and we do not know. */
        OTHER(0),
        CLUSTER(1),
        SECRET(2),
        VERSION(3),
        /** Two processes are alive with one node id. */
        SAME_ID(4),
        /** A node has dialled itself. */
        SELF(5),
        /** The address belongs to another node than the one looked for. */
        OTHER_NODE(6);

        final int number;

        Reason(int number) {
            this.number = number;
        }

        static Reason of(int number) {
            for (Reason reason : values()) {
                if (reason.number == number) {
                    return reason;
                }
            }
            return OTHER;
        }
    }

    Refusal {
        words = printable(words);
    }

    /** On one line and without control characters, whoever wrote it: it goes into a log. */
    static String printable(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints().limit(WORDS_CHARS_MAX)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.LINE_SEPARATOR
                        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR
                        || Character.getType(c) == Character.SURROGATE ? '?' : c)
                .forEach(safe::appendCodePoint);
        return safe.toString();
    }

    static Refusal cluster(Handshake one, Handshake other) {
        return new Refusal(Reason.CLUSTER, node(one) + " belongs to cluster \"" + brief(one.cluster()) + "\", "
                + node(other) + " to cluster \"" + brief(other.cluster()) + "\"");
    }

    static Refusal version(Handshake one, Handshake other) {
        return new Refusal(Reason.VERSION, node(one) + " speaks versions " + one.versionMin() + " to "
                + one.versionMax() + " of the wire, " + node(other) + " " + other.versionMin() + " to "
                + other.versionMax());
    }

    static Refusal onlyOneSecret(Handshake with, Handshake without) {
        return new Refusal(Reason.SECRET, node(without) + " has no cluster-secret, " + node(with) + " asks for one");
    }

    static Refusal tooOldForSecrets(Handshake with, Handshake old) {
        return new Refusal(Reason.SECRET, node(old) + " speaks versions " + old.versionMin() + " to "
                + old.versionMax() + " of the wire and cannot prove the cluster-secret that " + node(with)
                + " asks for");
    }

    static Refusal otherSecret(Handshake one, Handshake other) {
        return new Refusal(Reason.SECRET, node(one) + " and " + node(other) + " have different cluster-secrets");
    }

    static Refusal self(Handshake self) {
        return new Refusal(Reason.SELF, node(self) + " has dialled itself");
    }

    static Refusal sameId(String id, long epoch, String where, long otherEpoch, String otherWhere) {
        return new Refusal(Reason.SAME_ID, "two processes run as node \"" + brief(id) + "\": start " + epoch + where
                + " and start " + otherEpoch + otherWhere + "; was its directory copied?");
    }

    static Refusal otherNode(String wanted, Handshake found) {
        return new Refusal(Reason.OTHER_NODE, "at this address is " + node(found) + ", not node \"" + brief(wanted)
                + "\" which was looked for");
    }

    private static String node(Handshake node) {
        return "node \"" + brief(node.nodeId()) + "\"";
    }

    /** Two long names must not leave no room for what is said about them. */
    private static String brief(String name) {
        return name.codePointCount(0, name.length()) <= 48 ? name
                : name.substring(0, name.offsetByCodePoints(0, 47)) + "\u2026";
    }
}
