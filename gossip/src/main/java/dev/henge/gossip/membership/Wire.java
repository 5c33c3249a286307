package dev.henge.gossip.membership;

import io.atomix.utils.net.Address;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What the two gossip channels share: the clock, the thread on which names are resolved, a gate, and the log.
 *
 * @param gate      lets a packet or a dial to an address through; always open in production, a partition in tests
 * @param resolver  runs what may wait for a name server, so that the prober never does
 * @param warnings  takes the lines about those that are not heard
 */
record Wire(LongSupplier nanoClock, Executor resolver, Gate gate, Consumer<String> warnings) {
    /** Says whether an address can be reached. */
    @FunctionalInterface
    interface Gate {
        boolean passes(String host, int port);
    }

    boolean passes(Address address) {
        return gate.passes(address.host(), address.port());
    }

    /** Whether sending to that address needs no name server. */
    static boolean isLiteral(Address address) {
        String host = address.host();
        return host.indexOf(':') >= 0
                || host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9');
    }
}
