package dev.henge.gossip.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A membership whose liveness is set by hand, for tests and the simulator: no threads, no clock, no network.
 * Listeners are called on the caller's thread, inside {@link #set}. Not safe for use by several threads.
 */
public final class ScriptedMembership implements Membership {
    private final Member self;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<String, Liveness> liveness = new LinkedHashMap<>();
    private final List<Consumer<MembershipEvent>> listeners = new ArrayList<>();

    /** Knows itself as ALIVE and the peers as DEAD, as after a start that has met nobody yet. */
    public ScriptedMembership(Member self, Collection<Member> peers) {
        this.self = self;
        peers.forEach(peer -> remember(peer, Liveness.DEAD));
        remember(self, Liveness.ALIVE);
    }

    /** Gives a member, known or new, a liveness; listeners hear of it if that is a change. */
    public void set(Member member, Liveness after) {
        Member known = members.get(member.id());
        Liveness before = liveness(member.id());
        if (known != null && before != Liveness.DEAD
                && !known.property(Member.BOOT_EPOCH).equals(member.property(Member.BOOT_EPOCH))) {
            remember(known, Liveness.DEAD);
            tell(new MembershipEvent(known, before, Liveness.DEAD));
            before = Liveness.DEAD;
        }
        remember(member, after);
        if (before != after) {
            tell(new MembershipEvent(member, before, after));
        }
    }

    /** Gives a member met before a liveness. */
    public void set(String id, Liveness after) {
        Member member = members.get(id);
        if (member == null) {
            throw new IllegalArgumentException("no member " + id + " was ever met");
        }
        set(member, after);
    }

    private void remember(Member member, Liveness now) {
        members.put(member.id(), member);
        liveness.put(member.id(), now);
    }

    private void tell(MembershipEvent event) {
        List.copyOf(listeners).forEach(listener -> listener.accept(event));
    }

    @Override
    public void start() {
        // Nothing runs: the script is the only source of events.
    }

    @Override
    public Member self() {
        return self;
    }

    @Override
    public Collection<Member> members() {
        return List.copyOf(members.values());
    }

    @Override
    public Liveness liveness(String id) {
        return liveness.getOrDefault(id, Liveness.DEAD);
    }

    @Override
    public void listen(Consumer<MembershipEvent> listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        listeners.clear();
    }
}
