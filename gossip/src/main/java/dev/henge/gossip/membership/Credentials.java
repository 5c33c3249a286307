package dev.henge.gossip.membership;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What decides whether two nodes hear each other's gossip: the cluster's name and a tag of its secret.
 *
 * <p>Both stand in every subject and message type, so that gossip of others finds no listener. The tag is no proof,
 * whoever hears it can repeat it: the wire between nodes has one. It keeps apart those that would not let each other in
 * there, and has them say so.
 *
 * @param tag     a name of the secret that does not tell it; empty without one
 * @param address where its gossip listens, as it says
 */
record Credentials(String cluster, String tag, String id, String address) {
    /** More than any node writes. */
    static final int BYTES_MAX = 4_096;
    /** Longer names are cut off in what is told. */
    static final int TOLD_CHARS_MAX = 48;

    /** What stands behind every subject and message type. Without a secret it is what nodes of old write. */
    String suffix() {
        return "@" + cluster + (tag.isEmpty() ? "" : "#" + tag);
    }

    byte[] encoded() {
        return MemberText.encode(new TreeMap<>(Map.of("cluster", cluster, "tag", tag, "id", id,
                "address", address))).getBytes(StandardCharsets.UTF_8);
    }

    /** Empty for bytes that no node writes. */
    static Optional<Credentials> decode(byte[] bytes) {
        if (bytes.length > BYTES_MAX) {
            return Optional.empty();
        }
        try {
            Map<String, String> map = MemberText.decode(new String(bytes, StandardCharsets.UTF_8));
            return map.keySet().equals(Set.of("cluster", "tag", "id", "address"))
                    ? Optional.of(new Credentials(map.get("cluster"), map.get("tag"), map.get("id"),
                            map.get("address")))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Why the two do not hear each other, in words that read the same in both logs; empty if they do. */
    Optional<String> differs(Credentials theirs) {
        if (!cluster.equals(theirs.cluster)) {
            return Optional.of(theirs.node() + " belongs to cluster \"" + told(theirs.cluster) + "\", " + node()
                    + " to cluster \"" + told(cluster) + "\"");
        }
        if (tag.equals(theirs.tag)) {
            return Optional.empty();
        }
        if (tag.isEmpty() || theirs.tag.isEmpty()) {
            Credentials without = tag.isEmpty() ? this : theirs;
            Credentials with = tag.isEmpty() ? theirs : this;
            return Optional.of(without.node() + " has no cluster-secret, " + with.node() + " asks for one");
        }
        return Optional.of(theirs.node() + " and " + node() + " have different cluster-secrets");
    }

    private String node() {
        return "node \"" + told(id) + "\"";
    }

    private static String told(String name) {
        return printable(name, TOLD_CHARS_MAX);
    }

    /** On one line and of bounded length, whoever wrote it: it goes into a log. */
    static String printable(String text, int charsMax) {
        StringBuilder safe = new StringBuilder();
        text.codePoints().limit(charsMax)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.LINE_SEPARATOR
                        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR ? '?' : c)
                .forEach(safe::appendCodePoint);
        return safe.toString();
    }
}
