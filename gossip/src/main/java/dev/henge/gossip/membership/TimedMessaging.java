package dev.henge.gossip.membership;

import io.atomix.cluster.messaging.MessagingConfig;
import io.atomix.cluster.messaging.MessagingException;
import io.atomix.cluster.messaging.impl.NettyMessagingService;
import io.atomix.utils.net.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SWIM's requests over TCP, each with an end: answered, refused, or timed out, connecting and handshake included.
 *
 * <p>Three things are added to the library's service. Every request has a time-out that covers the handshake, which
 * the library waits for without end. A time-out that is noticed late (this process was stopped or starved itself)
 * proves nothing about the peer, and the request is made once more: a poor man's local health, after Lifeguard.
 * Message types carry the cluster's name, so that nodes of another cluster have no handler for ours; the library
 * compares hash codes of names and logs each mismatch. Who has no handler for us is asked why, so that both tell.
 */
final class TimedMessaging extends NettyMessagingService {
    /** For requests that come without a time-out. */
    static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(2);
    /** A failure noticed this much after its time-out was our own fault. */
    static final long LATE_NANOS = 500_000_000L;
    /** Asks why the gossip of the asker is not heard; the same for all clusters, and never to be changed. */
    static final String WHY = "henge-why";
    /** More of an answer is not told. */
    static final int WORDS_CHARS_MAX = 240;
    /** The same for all: the cluster's name is checked by the message types. */
    private static final String PREAMBLE = "henge";

    private static final Logger LOG = LoggerFactory.getLogger(TimedMessaging.class);

    private final Credentials own;
    private final String suffix;
    private final Wire wire;
    private final DialBudget budget;
    private final Strangers strangers;

    TimedMessaging(Credentials own, Address announced, MessagingConfig config, Wire wire) {
        super(PREAMBLE, announced, config);
        this.own = own;
        this.suffix = own.suffix();
        this.wire = wire;
        this.budget = new DialBudget(wire.nanoClock());
        this.strangers = new Strangers(wire.nanoClock(), wire.warnings());
        BiFunction<Address, byte[], byte[]> answer = this::whyNot;
        super.registerHandler(WHY, answer, Runnable::run);
    }

    @Override
    public CompletableFuture<byte[]> sendAndReceive(Address address, String type, byte[] payload, boolean keepAlive,
            Duration timeout, Executor executor) {
        Duration limit = timeout == null ? TIMEOUT_DEFAULT : timeout;
        Request request = new Request(address, type + suffix, payload, keepAlive, limit, executor);
        long startedNanos = wire.nanoClock().getAsLong();
        return attempt(request).handle((reply, error) -> {
            long late = wire.nanoClock().getAsLong() - startedNanos - limit.toNanos();
            if (error != null && late > LATE_NANOS) {
                LOG.debug("a request to {} ended {} ms late: asked once more", address, late / 1_000_000);
                return attempt(request);
            }
            return error == null ? CompletableFuture.completedFuture(reply)
                    : CompletableFuture.<byte[]>failedFuture(error);
        }).thenCompose(outcome -> outcome).whenComplete((reply, error) -> noteStranger(address, error));
    }

    private record Request(Address address, String type, byte[] payload, boolean keepAlive, Duration limit,
            Executor executor) {
    }

    private CompletableFuture<byte[]> attempt(Request request) {
        long startedNanos = wire.nanoClock().getAsLong();
        if (!budget.take(request.address, startedNanos)) {
            return CompletableFuture.failedFuture(new IOException(request.address + " does not answer"));
        }
        CompletableFuture<byte[]> dial = dial(request);
        dial.whenComplete((reply, error) -> budget.giveBack(request.address, startedNanos));
        return dial.copy().orTimeout(request.limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<byte[]> dial(Request request) {
        if (!wire.passes(request.address)) {
            return CompletableFuture.failedFuture(new IOException(request.address + " is cut off"));
        }
        try {
            if (Wire.isLiteral(request.address)) {
                return send(request);
            }
            return CompletableFuture.supplyAsync(() -> send(request), wire.resolver()).thenCompose(reply -> reply);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<byte[]> send(Request request) {
        // A throw would end the library's periodic task, and with it all probing.
        try {
            return super.sendAndReceive(request.address, request.type, request.payload, request.keepAlive,
                    request.limit, request.executor);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void noteStranger(Address address, Throwable error) {
        Throwable cause = error instanceof CompletionException ? error.getCause() : error;
        if (error == null) {
            strangers.answered(address);
        } else if (cause instanceof MessagingException.NoRemoteHandler && strangers.refused(address)) {
            askWhy(address);
        }
    }

    private void askWhy(Address address) {
        Request why = new Request(address, WHY, own.encoded(), false, TIMEOUT_DEFAULT, Runnable::run);
        attempt(why).whenComplete((reply, error) -> {
            String words = error == null ? new String(reply, StandardCharsets.UTF_8)
                    : "it does not take part in cluster \"" + own.cluster() + "\", and cannot say why";
            // Without a word there is no reason: it is about to start.
            if (!words.isEmpty()) {
                strangers.tell("to " + address, address + " does not hear this node's gossip: "
                        + Credentials.printable(words, WORDS_CHARS_MAX));
            }
        });
    }

    /** Answers another node's question in words; no word if there is no reason, or no question. */
    private byte[] whyNot(Address from, byte[] question) {
        Optional<Credentials> theirs = Credentials.decode(question);
        Optional<String> words = theirs.flatMap(own::differs);
        words.ifPresent(why -> {
            String who = Credentials.printable(theirs.get().address(), WORDS_CHARS_MAX);
            strangers.tell("of " + who, "gossip of " + who + " is not heard: " + why);
        });
        return words.orElse("").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void registerHandler(String type, BiConsumer<Address, byte[]> handler, Executor executor) {
        super.registerHandler(type + suffix, handler, executor);
    }

    @Override
    public void registerHandler(String type, BiFunction<Address, byte[], byte[]> handler, Executor executor) {
        super.registerHandler(type + suffix, handler, executor);
    }

    @Override
    public void registerHandler(String type, BiFunction<Address, byte[], CompletableFuture<byte[]>> handler) {
        super.registerHandler(type + suffix, handler);
    }

    @Override
    public void unregisterHandler(String type) {
        super.unregisterHandler(type + suffix);
    }
}
