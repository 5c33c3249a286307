package dev.henge.gossip.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was last told of whom, so that a node which is refused again and again for one reason costs one line. Who was
 * told of longest ago is forgotten past {@link #KEPT_MAX}. Thread-safe.
 */
final class ToldOnce {
    static final int KEPT_MAX = 1_024;

    private final Map<String, Object> told = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Object> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /** Whether this is another thing than was last told of them. */
    synchronized boolean isNew(String who, Object what) {
        return !what.equals(told.put(who, what));
    }

    /** They are fine now: the next thing is new. */
    synchronized void forget(String who) {
        told.remove(who);
    }
}
