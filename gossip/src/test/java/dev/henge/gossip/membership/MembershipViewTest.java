package dev.henge.gossip.membership;

import static dev.henge.gossip.membership.Liveness.ALIVE;
import static dev.henge.gossip.membership.Liveness.DEAD;
import static dev.henge.gossip.membership.Liveness.SUSPECT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The fold of sightings into liveness and events, and its form that is scripted by hand. */
class MembershipViewTest {
    private final MembershipView view = new MembershipView("self", 3);

    private static Member member(String id, int epoch) {
        return new Member(id, "127.0.0.1", 1000, Map.of(Member.BOOT_EPOCH, Integer.toString(epoch)));
    }

    private static MembershipView.Entry seen(String id, int epoch, Liveness liveness) {
        return new MembershipView.Entry(member(id, epoch), liveness);
    }

    private List<String> observe(MembershipView.Entry... entries) {
        return view.observe(List.of(entries)).stream().map(MembershipViewTest::text).toList();
    }

    private static String text(MembershipEvent event) {
        return event.member().id() + event.member().property(Member.BOOT_EPOCH) + " " + event.before() + ">"
                + event.after();
    }

    @Test
    void whoeverIsMissingIsDeadAndWhoeverReturnsIsAliveAgain() {
        assertEquals(List.of("a1 DEAD>ALIVE"), observe(seen("a", 1, ALIVE), seen("self", 1, ALIVE)));
        assertEquals(List.of(), observe(seen("a", 1, ALIVE)));
        assertEquals(List.of("a1 ALIVE>SUSPECT"), observe(seen("a", 1, SUSPECT)));
        assertEquals(List.of("a1 SUSPECT>DEAD"), observe());
        assertEquals(List.of(), observe());
        assertEquals(List.of("a1 DEAD>ALIVE"), observe(seen("a", 1, ALIVE)));
    }

    @Test
    void anotherBootEpochIsTheOldProcessDeadAndTheNewOneAlive() {
        observe(seen("a", 1, ALIVE));
        assertEquals(List.of("a1 ALIVE>DEAD", "a2 DEAD>ALIVE"), observe(seen("a", 2, ALIVE)));
        assertEquals("2", view.snapshot().get("a").member().property(Member.BOOT_EPOCH));
    }

    @Test
    void atTheLimitTheOneDeadForLongestMakesRoomAndTheLivingStay() {
        view.remember(List.of(member("old", 1), member("newer", 1)));
        observe(seen("a", 1, ALIVE));
        assertEquals(List.of("b1 DEAD>ALIVE"), observe(seen("a", 1, ALIVE), seen("b", 1, ALIVE)));
        assertEquals(Set.of("newer", "a", "b"), view.snapshot().keySet());
        observe(seen("a", 1, ALIVE), seen("b", 1, ALIVE), seen("c", 1, ALIVE), seen("d", 1, ALIVE));
        assertEquals(Set.of("a", "b", "c"), view.snapshot().keySet(), "no room among the living");
    }

    @Test
    void theRosterChangesWithWhoAndWhereButNotWithLiveness() {
        observe(seen("a", 1, ALIVE));
        assertTrue(view.takeRosterChange());
        observe(seen("a", 1, SUSPECT));
        observe();
        assertFalse(view.takeRosterChange());
        observe(seen("a", 2, ALIVE));
        assertTrue(view.takeRosterChange());
    }

    @Test
    void theScriptedMembershipTellsTheSameStory() {
        List<String> told = new ArrayList<>();
        try (ScriptedMembership script = new ScriptedMembership(member("self", 1), List.of(member("a", 1)))) {
            script.start();
            script.listen(event -> told.add(text(event)));
            assertEquals(ALIVE, script.liveness("self"));
            assertEquals(DEAD, script.liveness("a"));
            assertEquals(DEAD, script.liveness("nobody"));
            script.set("a", ALIVE);
            script.set("a", ALIVE);
            script.set(member("a", 2), ALIVE);
            script.set(member("b", 1), SUSPECT);
            assertThrows(IllegalArgumentException.class, () -> script.set("nobody", ALIVE));
            assertEquals(3, script.members().size());
        }
        assertEquals(List.of("a1 DEAD>ALIVE", "a1 ALIVE>DEAD", "a2 DEAD>ALIVE", "b1 DEAD>SUSPECT"), told);
    }
}
