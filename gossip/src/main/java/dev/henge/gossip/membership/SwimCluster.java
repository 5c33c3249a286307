package dev.henge.gossip.membership;

import io.atomix.cluster.AtomixCluster;
import io.atomix.cluster.ClusterConfig;
import io.atomix.cluster.MemberConfig;
import io.atomix.cluster.messaging.MessagingConfig;
import io.atomix.cluster.protocol.SwimMembershipProtocolConfig;
import io.atomix.utils.Version;
import io.atomix.utils.net.Address;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The library's cluster reduced to what is used of it: SWIM over our two channels; no events, no multicast. */
final class SwimCluster extends AtomixCluster {
    /** The one property under which all others travel, see {@link MemberText}. */
    static final String PROPERTY = "henge";
    private static final int EPOCH_BITS = 30;
    private static final long EPOCH_MASK = (1L << EPOCH_BITS) - 1;

    static SwimCluster create(MembershipConfig config, Member self, PeerDiscovery discovery, Wire wire) {
        Credentials own = new Credentials(config.clusterName(), config.secretTag(), config.id(),
                new HostPort(config.announceHost(), config.gossipPort()).toString());
        Address announced = Address.from(config.announceHost(), config.gossipPort());
        MessagingConfig messaging = new MessagingConfig()
                .setInterfaces(List.of(config.bindHost()))
                .setPort(config.gossipPort());
        ClusterConfig cluster = new ClusterConfig()
                .setClusterId(config.clusterName())
                .setNodeConfig(new MemberConfig()
                        .setId(config.id())
                        .setAddress(announced)
                        .setProperties(Map.of(PROPERTY, MemberText.encode(new TreeMap<>(self.properties())))))
                .setDiscoveryConfig(discovery.config())
                .setMessagingConfig(messaging)
                .setProtocolConfig(protocol(config));
        return new SwimCluster(cluster, version(config.bootEpoch()),
                new TimedMessaging(own, announced, messaging, wire),
                new TaggedUnicast(own, announced, messaging, wire));
    }

    /** The time-out of a probe can be set on this object only; the library's builder has no method for it. */
    static SwimMembershipProtocolConfig protocol(MembershipConfig config) {
        return new SwimMembershipProtocolConfig()
                .setProbeInterval(config.probeInterval())
                .setProbeTimeout(config.probeTimeout())
                .setFailureTimeout(config.failureTimeout())
                .setGossipInterval(config.gossipInterval())
                .setBroadcastUpdates(true)
                .setBroadcastDisputes(true)
                .setNotifySuspect(true)
                .setRetainTombstones(false);
    }

    private SwimCluster(ClusterConfig config, Version version, TimedMessaging messaging, TaggedUnicast unicast) {
        super(config, version, messaging, unicast, null);
    }

    /** Another boot epoch, another version: SWIM then drops the old process' address and properties at once. */
    static Version version(long bootEpoch) {
        return Version.from((int) (bootEpoch >>> 2 * EPOCH_BITS), (int) (bootEpoch >>> EPOCH_BITS & EPOCH_MASK),
                (int) (bootEpoch & EPOCH_MASK), null);
    }

    @Override
    protected CompletableFuture<Void> startServices() {
        return messagingService.start()
                .thenCompose(started -> unicastService.start())
                .thenCompose(started -> membershipService.start())
                .thenApply(started -> null);
    }

    @Override
    protected CompletableFuture<Void> stopServices() {
        return membershipService.stop()
                .exceptionally(error -> null)
                .thenCompose(stopped -> unicastService.stop())
                .exceptionally(error -> null)
                .thenCompose(stopped -> messagingService.stop())
                .exceptionally(error -> null);
    }
}
