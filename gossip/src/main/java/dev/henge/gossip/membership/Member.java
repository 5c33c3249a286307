package dev.henge.gossip.membership;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One process of the cluster as its peers know it: who, where its gossip listens, and a few static facts about it.
 *
 * <p>The properties stay the same for the life of the process; a restart comes with another {@link #BOOT_EPOCH} and
 * may bring others. They travel in UDP gossip, so that their encoded size is limited to
 * {@link #PROPERTIES_BYTES_MAX}; anything that grows or changes travels over our own wire.
 */
public record Member(String id, String host, int gossipPort, Map<String, String> properties) {
    /** The property that names the cluster; members of another cluster are ignored. */
    public static final String CLUSTER = "cluster";
    /** The property that tells one process of a node from its next: different after each start. */
    public static final String BOOT_EPOCH = "epoch";
    /** The most that the properties may take, encoded ({@link MemberText}), in bytes. */
    public static final int PROPERTIES_BYTES_MAX = 1024;
    /** The longest id, in characters. */
    public static final int ID_CHARS_MAX = 128;

    public Member {
        Objects.requireNonNull(id, "id");
        if (id.isBlank() || id.length() > ID_CHARS_MAX) {
            throw new IllegalArgumentException("a member's id has 1.." + ID_CHARS_MAX + " characters: '" + id + "'");
        }
        Objects.requireNonNull(host, "host");
        properties = Map.copyOf(properties);
        int bytes = MemberText.encode(new TreeMap<>(properties)).length();
        if (bytes > PROPERTIES_BYTES_MAX) {
            throw new IllegalArgumentException("the properties of member " + id + " take " + bytes
                    + " bytes; the limit is " + PROPERTIES_BYTES_MAX);
        }
    }

    /** Where its gossip listens, TCP and UDP. */
    public HostPort address() {
        return new HostPort(host, gossipPort);
    }

    /** The property of that name, or an empty string. */
    public String property(String name) {
        return properties.getOrDefault(name, "");
    }
}
