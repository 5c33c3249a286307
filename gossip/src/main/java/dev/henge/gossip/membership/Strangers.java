package dev.henge.gossip.membership;

import io.atomix.utils.net.Address;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Those whose gossip this node does not hear, and what was told of them: one line for each until it changes, and one a
 * second at the most, so that nobody can fill the log. What finds no place is told when it is asked again. Safe for
 * many threads.
 */
final class Strangers {
    /** Who was heard of longest ago is forgotten. */
    static final int STRANGERS_MAX = 256;
    /** The least time between two lines. */
    static final long LINE_NANOS_MIN = 1_000_000_000L;
    /** So many refusals in a row make a stranger; one or two come from a node that is just starting. */
    static final int REFUSALS_MIN = 3;
    /** A stranger that goes on is asked again after so many. */
    static final int REFUSALS_BETWEEN = 64;

    private final LongSupplier nanoClock;
    private final Consumer<String> log;
    private final Map<Address, Integer> refusals = bounded();
    private final Map<String, String> told = bounded();
    private long lastLineNanos;

    Strangers(LongSupplier nanoClock, Consumer<String> log) {
        this.nanoClock = nanoClock;
        this.log = log;
        this.lastLineNanos = nanoClock.getAsLong() - LINE_NANOS_MIN;
    }

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > STRANGERS_MAX;
            }
        };
    }

    /** They answered: no stranger. */
    synchronized void answered(Address address) {
        if (refusals.remove(address) != null) {
            told.keySet().removeIf(who -> who.endsWith(" " + address));
        }
    }

    /** They have no ear for us; returns whether it is time to ask them why. */
    synchronized boolean refused(Address address) {
        int count = refusals.merge(address, 1, Integer::sum);
        return count == REFUSALS_MIN || count > REFUSALS_MIN && (count - REFUSALS_MIN) % REFUSALS_BETWEEN == 0;
    }

    /** Tells it, unless it was told before or another line was just now. */
    synchronized void tell(String who, String line) {
        long now = nanoClock.getAsLong();
        if (line.equals(told.get(who)) || now - lastLineNanos < LINE_NANOS_MIN) {
            return;
        }
        lastLineNanos = now;
        told.put(who, line);
        log.accept(line);
    }
}
