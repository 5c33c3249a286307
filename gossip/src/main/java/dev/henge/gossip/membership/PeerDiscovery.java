package dev.henge.gossip.membership;

import io.atomix.cluster.BootstrapService;
import io.atomix.cluster.Node;
import io.atomix.cluster.discovery.NodeDiscoveryConfig;
import io.atomix.cluster.discovery.NodeDiscoveryEvent;
import io.atomix.cluster.discovery.NodeDiscoveryEventListener;
import io.atomix.cluster.discovery.NodeDiscoveryProvider;
import io.atomix.utils.event.AbstractListenerManager;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Where SWIM learns whom to look for: every peer ever met and the seeds, for ever.
 *
 * <p>While this node is alone all of them are listed and SWIM probes them in turn. Once it has company the list is
 * empty and the absent are {@linkplain #offer offered} one by one instead: SWIM would put the listed ones into the
 * same round of probes as the living, and a few dead peers would slow down the detection of the next death.
 */
final class PeerDiscovery extends AbstractListenerManager<NodeDiscoveryEvent, NodeDiscoveryEventListener>
        implements NodeDiscoveryProvider {

    private final Supplier<Set<Target>> listed;
    private final Settings settings = new Settings(this);

    /** Somebody to look for. A seed's id is not known yet: its address stands in for it. */
    record Target(String id, HostPort address) {
        Node node() {
            return Node.builder().withId(id).withHost(address.host()).withPort(address.port()).build();
        }
    }

    PeerDiscovery(Supplier<Set<Target>> listed) {
        this.listed = listed;
    }

    /** Has SWIM probe somebody once, unless it knows them already. */
    void offer(Target target) {
        post(new NodeDiscoveryEvent(NodeDiscoveryEvent.Type.JOIN, target.node()));
    }

    @Override
    public Set<Node> getNodes() {
        return listed.get().stream().map(Target::node).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public CompletableFuture<Void> join(BootstrapService bootstrap, Node localNode) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> leave(Node localNode) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Settings config() {
        return settings;
    }

    /** Carries the provider through the library's configuration, which knows types only. */
    static final class Settings extends NodeDiscoveryConfig {
        private final PeerDiscovery provider;

        Settings(PeerDiscovery provider) {
            this.provider = provider;
        }

        @Override
        @SuppressWarnings("rawtypes")
        public NodeDiscoveryProvider.Type getType() {
            return new Given(provider);
        }
    }

    private record Given(PeerDiscovery provider) implements NodeDiscoveryProvider.Type<Settings> {
        @Override
        public String name() {
            return "henge-peers";
        }

        @Override
        public Settings newConfig() {
            return provider.settings;
        }

        @Override
        public NodeDiscoveryProvider newProvider(Settings config) {
            return config.provider;
        }
    }
}
