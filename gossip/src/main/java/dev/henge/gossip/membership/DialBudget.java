package dev.henge.gossip.membership;

import io.atomix.utils.net.Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How many connections may stand open at once to an address that does not answer.
 *
 * <p>The kernel of a frozen process goes on accepting connections. The library gives none of them back, so that one
 * probe every 400 ms would pile them up for as long as the peer stays frozen. Past {@link #UNANSWERED_MAX} a dial
 * fails at once, which for a probe says the same. A dial that got no end at all (its peer lost power) is forgotten
 * after {@link #FORGOTTEN_AFTER_NANOS}, or the address could never be tried again. Safe for many threads.
 */
final class DialBudget {
    static final int UNANSWERED_MAX = 4;
    static final long FORGOTTEN_AFTER_NANOS = 30_000_000_000L;

    private final LongSupplier nanoClock;
    private final Map<Address, List<Long>> unanswered = new HashMap<>();

    DialBudget(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Takes a place; false if all places of that address are taken. */
    synchronized boolean take(Address address, long startedNanos) {
        List<Long> started = unanswered.computeIfAbsent(address, any -> new ArrayList<>(UNANSWERED_MAX));
        started.removeIf(nanos -> nanoClock.getAsLong() - nanos > FORGOTTEN_AFTER_NANOS);
        return started.size() < UNANSWERED_MAX && started.add(startedNanos);
    }

    /** Gives the place back: the dial has come to an end, good or bad. */
    synchronized void giveBack(Address address, long startedNanos) {
        List<Long> started = unanswered.get(address);
        if (started != null && started.remove((Long) startedNanos) && started.isEmpty()) {
            unanswered.remove(address);
        }
    }
}
