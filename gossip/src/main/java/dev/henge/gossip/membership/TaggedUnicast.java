package dev.henge.gossip.membership;

import io.atomix.cluster.messaging.MessagingConfig;
import io.atomix.cluster.messaging.impl.NettyUnicastService;
import io.atomix.utils.net.Address;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SWIM's gossip over UDP, with the cluster's name and the tag of its secret in every subject: a packet of another
 * cluster finds no listener.
 * A packet that cannot be sent is dropped; probes carry the same news.
 */
final class TaggedUnicast extends NettyUnicastService {
    /** The most that a packet may carry; UDP itself ends at 64 KiB. */
    static final int PAYLOAD_BYTES_MAX = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(TaggedUnicast.class);

    private final String suffix;
    private final Wire wire;

    TaggedUnicast(Credentials own, Address announced, MessagingConfig config, Wire wire) {
        super(announced, config);
        this.suffix = own.suffix();
        this.wire = wire;
    }

    @Override
    public void unicast(Address address, String subject, byte[] payload) {
        if (payload.length > PAYLOAD_BYTES_MAX || !wire.passes(address)) {
            LOG.debug("dropped {} bytes of gossip for {}", payload.length, address);
            return;
        }
        try {
            if (Wire.isLiteral(address)) {
                send(address, subject, payload);
            } else {
                wire.resolver().execute(() -> send(address, subject, payload));
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("dropped gossip for {}: too many names to resolve", address);
        }
    }

    private void send(Address address, String subject, byte[] payload) {
        // A throw would end the library's periodic task; an unresolved name would be sent to this very machine.
        try {
            if (address.address() != null) {
                super.unicast(address, subject + suffix, payload);
            }
        } catch (RuntimeException e) {
            LOG.debug("dropped gossip for {}", address, e);
        }
    }

    @Override
    public synchronized void addListener(String subject, BiConsumer<Address, byte[]> listener, Executor executor) {
        super.addListener(subject + suffix, listener, executor);
    }

    @Override
    public synchronized void removeListener(String subject, BiConsumer<Address, byte[]> listener) {
        super.removeListener(subject + suffix, listener);
    }
}
