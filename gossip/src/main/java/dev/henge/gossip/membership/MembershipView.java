package dev.henge.gossip.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What this node believes of its peers: a pure fold of sightings into liveness and events.
 *
 * <p>SWIM forgets the dead and reports by events that may be coalesced; the view remembers everybody and compares
 * levels: each {@link #observe} is given all that SWIM holds now, and whoever is missing is dead. A lost or doubled
 * notification can therefore not lead it astray. Entries stand in the order in which they last became alive, so that
 * at {@link #PEERS_MAX} the one dead for longest makes room. Single-threaded.
 */
final class MembershipView {
    /** The most peers that are remembered, the dead included. */
    static final int PEERS_MAX = 1024;

    /** A peer and how it does. */
    record Entry(Member member, Liveness liveness) {
    }

    private final String selfId;
    private final int peersMax;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private boolean rosterChanged;

    MembershipView(String selfId) {
        this(selfId, PEERS_MAX);
    }

    MembershipView(String selfId, int peersMax) {
        this.selfId = selfId;
        this.peersMax = peersMax;
    }

    /** Takes over peers met by an earlier process: dead until heard. The last ones are the last ones met. */
    void remember(Collection<Member> peers) {
        for (Member peer : peers) {
            if (!peer.id().equals(selfId) && makeRoom(peer.id())) {
                entries.put(peer.id(), new Entry(peer, Liveness.DEAD));
            }
        }
    }

    /** Compares all that is seen now with what was believed, and returns the differences in order. */
    List<MembershipEvent> observe(Collection<Entry> seen) {
        List<MembershipEvent> events = new ArrayList<>();
        Set<String> heard = new HashSet<>();
        for (Entry sighting : seen) {
            String id = sighting.member().id();
            if (!id.equals(selfId) && heard.add(id) && makeRoom(id)) {
                see(sighting, events);
            }
        }
        for (Entry entry : List.copyOf(entries.values())) {
            if (!heard.contains(entry.member().id())) {
                move(entry, Liveness.DEAD, events);
            }
        }
        return events;
    }

    private void see(Entry sighting, List<MembershipEvent> events) {
        Member member = sighting.member();
        Entry known = entries.get(member.id());
        if (known == null || !known.member().equals(member)) {
            rosterChanged = true;
        }
        if (known != null && !sameProcess(known.member(), member)) {
            move(known, Liveness.DEAD, events);
            known = null;
        }
        Liveness before = known == null ? Liveness.DEAD : known.liveness();
        Entry now = new Entry(member, before);
        if (before == Liveness.DEAD) {
            entries.remove(member.id());
        }
        entries.put(member.id(), now);
        move(now, sighting.liveness(), events);
    }

    private void move(Entry entry, Liveness after, List<MembershipEvent> events) {
        if (entry.liveness() != after) {
            entries.put(entry.member().id(), new Entry(entry.member(), after));
            events.add(new MembershipEvent(entry.member(), entry.liveness(), after));
        }
    }

    private boolean makeRoom(String id) {
        if (entries.containsKey(id) || entries.size() < peersMax) {
            return true;
        }
        Optional<Entry> oldestDead = entries.values().stream()
                .filter(entry -> entry.liveness() == Liveness.DEAD)
                .findFirst();
        oldestDead.ifPresent(entry -> entries.remove(entry.member().id()));
        rosterChanged |= oldestDead.isPresent();
        return oldestDead.isPresent();
    }

    private static boolean sameProcess(Member one, Member other) {
        return one.property(Member.BOOT_EPOCH).equals(other.property(Member.BOOT_EPOCH));
    }

    /** Whether the peers to be remembered have changed since the last call. */
    boolean takeRosterChange() {
        boolean changed = rosterChanged;
        rosterChanged = false;
        return changed;
    }

    /** The peers by id, in the order in which they last became alive; a copy. */
    Map<String, Entry> snapshot() {
        return new LinkedHashMap<>(entries);
    }
}
