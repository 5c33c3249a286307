package dev.henge.gossip.membership;

import java.util.Collection;
import java.util.function.Consumer;

/** Who is alive: the peers that this node has ever met and how each of them does. */
public interface Membership extends AutoCloseable {
    /**
     * Starts the local service and returns when it runs; the search for others goes on in the background.
     *
     * @throws java.io.UncheckedIOException when the peers file cannot be read or the gossip port cannot be bound
     */
    void start();

    /** This node. */
    Member self();

    /** Every peer ever met, remembered across restarts, and this node; a snapshot. */
    Collection<Member> members();

    /** A member's liveness; DEAD for an id that nobody ever heard of. */
    Liveness liveness(String id);

    /**
     * Adds a listener, called in order on the one membership thread. It must not block. It hears of changes only:
     * to see everything, listen first and read {@link #members()} then.
     */
    void listen(Consumer<MembershipEvent> listener);

    /** Stops; peers will suspect this node. Idempotent. */
    @Override
    void close();
}
