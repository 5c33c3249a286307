package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.atomix.cluster.messaging.MessagingConfig;
import io.atomix.cluster.protocol.SwimMembershipProtocolConfig;
import io.atomix.utils.net.Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Requests to a peer that accepts connections and then says nothing, as a frozen process does. */
class TimedMessagingTest {
    private static final Duration LIMIT = Duration.ofMillis(200);

    @Test
    void aRequestToAPeerThatAcceptsAndSaysNothingEndsInTimeAndConnectionsDoNotPileUp() throws Exception {
        AtomicInteger dials = new AtomicInteger();
        try (ServerSocket frozen = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            TimedMessaging messaging = messaging(new Wire(System::nanoTime, Runnable::run, (host, port) -> {
                dials.incrementAndGet();
                return true;
            }, line -> { }));
            messaging.start().join();
            try {
                for (int i = 0; i < 2 * DialBudget.UNANSWERED_MAX; i++) {
                    CompletableFuture<byte[]> reply = ask(messaging, frozen.getLocalPort());
                    ExecutionException error = assertThrows(ExecutionException.class,
                            () -> reply.get(10, TimeUnit.SECONDS));
                    assertEquals(i < DialBudget.UNANSWERED_MAX, error.getCause() instanceof TimeoutException,
                            () -> error.toString());
                }
                assertEquals(DialBudget.UNANSWERED_MAX, dials.get());
            } finally {
                messaging.stop().join();
            }
        }
    }

    @Test
    void aTimeOutThatIsNoticedLateIsNotBelievedButAskedOnceMore() throws Exception {
        AtomicLong skewNanos = new AtomicLong();
        AtomicInteger dials = new AtomicInteger();
        try (ServerSocket frozen = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
            TimedMessaging messaging = messaging(new Wire(() -> System.nanoTime() + skewNanos.get(), Runnable::run,
                    (host, port) -> {
                        dials.incrementAndGet();
                        return true;
                    }, line -> { }));
            messaging.start().join();
            try {
                CompletableFuture<byte[]> reply = ask(messaging, frozen.getLocalPort());
                // As if this process had been stopped for three seconds meanwhile.
                skewNanos.set(3_000_000_000L);
                assertThrows(ExecutionException.class, () -> reply.get(10, TimeUnit.SECONDS));
                assertEquals(2, dials.get());
            } finally {
                messaging.stop().join();
            }
        }
    }

    @Test
    void theBudgetForgetsDialsThatNeverEnd() {
        AtomicLong clock = new AtomicLong();
        DialBudget budget = new DialBudget(clock::get);
        Address peer = Address.from("127.0.0.1", 1);
        for (long started = 0; started < DialBudget.UNANSWERED_MAX; started++) {
            assertTrue(budget.take(peer, started));
        }
        assertFalse(budget.take(peer, 9));
        assertTrue(budget.take(Address.from("127.0.0.1", 2), 9), "each address has its own");
        budget.giveBack(peer, 0);
        assertTrue(budget.take(peer, 9));
        assertFalse(budget.take(peer, 10));
        clock.set(DialBudget.FORGOTTEN_AFTER_NANOS + DialBudget.UNANSWERED_MAX);
        assertTrue(budget.take(peer, clock.get()));
    }

    @Test
    void namesGoToTheResolverAndLiteralAddressesDoNot() {
        assertTrue(Wire.isLiteral(Address.from("10.0.0.7", 1)));
        assertTrue(Wire.isLiteral(new Address("::1", 1)));
        assertFalse(Wire.isLiteral(new Address("node-7.example", 1)));
    }

    @Test
    void theTimingsOfTheConfigurationReachTheProtocol() {
        MembershipConfig config = new MembershipConfig("c", "", "a", "127.0.0.1", "127.0.0.1", 1, 1, List.of(),
                Path.of("peers"), Map.of(), Duration.ofMillis(11), Duration.ofMillis(12), Duration.ofMillis(13),
                Duration.ofMillis(14));
        SwimMembershipProtocolConfig protocol = SwimCluster.protocol(config);
        assertEquals(Duration.ofMillis(11), protocol.getProbeInterval());
        assertEquals(Duration.ofMillis(12), protocol.getProbeTimeout());
        assertEquals(Duration.ofMillis(13), protocol.getFailureTimeout());
        assertEquals(Duration.ofMillis(14), protocol.getGossipInterval());
        assertFalse(protocol.isRetainTombstones());
    }

    private static TimedMessaging messaging(Wire wire) {
        HostPort own = Gossipers.freeAddress();
        return new TimedMessaging(new Credentials("test", "", "a", own.toString()), Address.from(own.host(), own.port()),
                new MessagingConfig().setInterfaces(List.of(own.host())).setPort(own.port()), wire);
    }

    private static CompletableFuture<byte[]> ask(TimedMessaging messaging, int port) {
        return messaging.sendAndReceive(Address.from("127.0.0.1", port), "probe", new byte[1], false, LIMIT);
    }
}
