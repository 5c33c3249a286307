package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.atomix.utils.net.Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StrangersTest {
    private final AtomicLong clock = new AtomicLong();
    private final List<String> lines = new ArrayList<>();
    private final Strangers strangers = new Strangers(clock::get, lines::add);
    private final Address peer = Address.from("127.0.0.1", 1);

    private void later() {
        clock.addAndGet(Strangers.LINE_NANOS_MIN);
    }

    @Test
    void aLineIsToldOnceUntilItChangesOrTheyAnswer() {
        for (String line : List.of("a", "a", "b", "b", "a")) {
            strangers.tell("to " + peer, line);
            later();
        }
        assertEquals(List.of("a", "b", "a"), lines);
        strangers.refused(peer);
        strangers.answered(peer);
        strangers.tell("to " + peer, "a");
        assertEquals(List.of("a", "b", "a", "a"), lines);
    }

    @Test
    void manyCannotFillTheLog() {
        for (int i = 0; i < 1000; i++) {
            strangers.tell("of " + i, "line " + i);
        }
        assertEquals(List.of("line 0"), lines);
        later();
        strangers.tell("of 7", "line 7");
        assertEquals(List.of("line 0", "line 7"), lines, "what found no place is told when it is asked again");
    }

    @Test
    void aStrangerIsAskedAfterSomeRefusalsAndNowAndThenAfterwards() {
        List<Integer> asked = new ArrayList<>();
        for (int i = 1; i <= 140; i++) {
            if (strangers.refused(peer)) {
                asked.add(i);
            }
        }
        assertEquals(List.of(3, 67, 131), asked);
        strangers.answered(peer);
        assertFalse(strangers.refused(peer));
    }

    @Test
    void credentialsComeBackAndRubbishDoesNot() {
        Credentials odd = new Credentials("a&b=c", "", "x\n\u001b[31m", "h:1");
        assertEquals(Optional.of(odd), Credentials.decode(odd.encoded()));
        assertEquals("@a&b=c", odd.suffix(), "as nodes before secrets have it");
        assertEquals("@c#t", new Credentials("c", "t", "x", "h:1").suffix());
        for (String rubbish : List.of("", "cluster=a", "cluster=%zz&id=b&tag=c", "cluster=a&id=b&tag=c&more=d", "cluster=a&id=b&tag=c")) {
            assertEquals(Optional.empty(), Credentials.decode(rubbish.getBytes(StandardCharsets.UTF_8)), rubbish);
        }
        assertEquals(Optional.empty(), Credentials.decode(new byte[Credentials.BYTES_MAX + 1]));
        String words = new Credentials("d", "", "y", "h:2").differs(odd).orElseThrow();
        assertTrue(words.startsWith("node \"x??[31m\" belongs to cluster \"a&b=c\""), words);
        assertEquals(Optional.empty(), odd.differs(new Credentials("a&b=c", "", "z", "h:3")));
    }
}
