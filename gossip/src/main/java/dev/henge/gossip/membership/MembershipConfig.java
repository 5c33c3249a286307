package dev.henge.gossip.membership;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a node needs to know to take part in gossip.
 *
 * @param clusterName     nodes of another name are ignored
 * @param secretTag       a name of the cluster's secret that does not tell it; those with another one are ignored too.
 *                        Empty without a secret
 * @param id              the node's lasting name, unique in the cluster
 * @param bindHost        the local address to listen on
 * @param announceHost    the address that peers can reach
 * @param gossipPort      one port for TCP (probes) and UDP (gossip)
 * @param bootEpoch       differs at each start of this node; published as {@link Member#BOOT_EPOCH}
 * @param seeds           where to look for a first peer; any one that answers is enough
 * @param peersFile       where the peers ever met are kept
 * @param properties      static facts for the peers, without {@link Member#CLUSTER} and {@link Member#BOOT_EPOCH}
 * @param probeInterval   one member is probed every so often: n members are all probed once in (n-1) intervals
 * @param probeTimeout    a probe without an answer for so long has failed, connecting included
 * @param failureTimeout  a suspect that does not dispute for so long is dead
 * @param gossipInterval  news wait at most so long for the next UDP packet
 */
public record MembershipConfig(
        String clusterName,
        String secretTag,
        String id,
        String bindHost,
        String announceHost,
        int gossipPort,
        long bootEpoch,
        List<HostPort> seeds,
        Path peersFile,
        Map<String, String> properties,
        Duration probeInterval,
        Duration probeTimeout,
        Duration failureTimeout,
        Duration gossipInterval) {

    /** Three nodes probe each other within 0.8 s: a killed one, whose port refuses, is suspected inside a second. */
    public static final Duration PROBE_INTERVAL_DEFAULT = Duration.ofMillis(400);
    /** Shorter makes no crash visible earlier (a dead port refuses at once) and accuses busy machines. */
    public static final Duration PROBE_TIMEOUT_DEFAULT = Duration.ofSeconds(1);
    /** Time for a paused process to come back and dispute before it is called dead. */
    public static final Duration FAILURE_TIMEOUT_DEFAULT = Duration.ofSeconds(5);
    /** A quarter of a second for news to wait; three nodes hear of it at once by broadcast anyway. */
    public static final Duration GOSSIP_INTERVAL_DEFAULT = Duration.ofMillis(250);

    public MembershipConfig {
        requireText(clusterName, "clusterName");
        Objects.requireNonNull(secretTag, "secretTag");
        requireText(bindHost, "bindHost");
        Objects.requireNonNull(peersFile, "peersFile");
        seeds = List.copyOf(seeds);
        properties = Map.copyOf(properties);
        for (String reserved : List.of(Member.CLUSTER, Member.BOOT_EPOCH)) {
            if (properties.containsKey(reserved)) {
                throw new IllegalArgumentException("the property '" + reserved + "' is set by the membership itself");
            }
        }
        if (bootEpoch < 0) {
            throw new IllegalArgumentException("a boot epoch is not negative: " + bootEpoch);
        }
        requirePositive(probeInterval, "probeInterval");
        requirePositive(probeTimeout, "probeTimeout");
        requirePositive(failureTimeout, "failureTimeout");
        requirePositive(gossipInterval, "gossipInterval");
        new HostPort(announceHost, gossipPort);
    }

    /** A configuration with the default timings, bound to the address that it announces. */
    public static MembershipConfig of(String clusterName, String id, HostPort address, long bootEpoch,
            List<HostPort> seeds, Path peersFile, Map<String, String> properties) {
        return new MembershipConfig(clusterName, "", id, address.host(), address.host(), address.port(), bootEpoch, seeds,
                peersFile, properties, PROBE_INTERVAL_DEFAULT, PROBE_TIMEOUT_DEFAULT, FAILURE_TIMEOUT_DEFAULT,
                GOSSIP_INTERVAL_DEFAULT);
    }

    /** The same for a cluster with a secret. */
    public MembershipConfig withSecretTag(String tag) {
        return new MembershipConfig(clusterName, tag, id, bindHost, announceHost, gossipPort, bootEpoch, seeds,
                peersFile, properties, probeInterval, probeTimeout, failureTimeout, gossipInterval);
    }

    private static void requireText(String value, String name) {
        if (Objects.requireNonNull(value, name).isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
    }

    private static void requirePositive(Duration value, String name) {
        if (value.toMillis() < 1) {
            throw new IllegalArgumentException(name + " must be at least one millisecond: " + value);
        }
    }
}
