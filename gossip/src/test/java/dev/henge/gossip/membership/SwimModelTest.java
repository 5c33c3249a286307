package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.membership.SwimModel.Death;
import dev.henge.gossip.membership.SwimModel.Figures;
import dev.henge.gossip.membership.SwimModel.Sizes;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What membership costs and how soon a death is known. {@code -Dhenge.long=true} prints it for up to 1,000 members. */
class SwimModelTest {
    private static final int SEEDS = 200;
    private static final long REST_MILLIS = 20_000;
    private static final MembershipConfig DEFAULTS = MembershipConfig.of("henge", "a", new HostPort("127.0.0.1", 1), 1,
            List.of(), Path.of("peers"), Map.of());

    static List<Figures> figures(int members, Death death, double loss, int seeds) {
        return LongStream.range(0, seeds).mapToObj(seed ->
                new SwimModel(members, DEFAULTS, Sizes.HENGE, death, loss, seed).run(REST_MILLIS)).toList();
    }

    private static double median(List<Figures> all, ToDoubleFunction<Figures> figure) {
        return all.stream().mapToDouble(figure).sorted().skip(all.size() / 2).findFirst().orElseThrow();
    }

    private static double max(List<Figures> all, ToDoubleFunction<Figures> figure) {
        return all.stream().mapToDouble(figure).max().orElseThrow();
    }

    /** A probe each 400 ms, sent and answered, and nothing else: however many members there are. */
    private static void assertRest(List<Figures> all) {
        double expected = (Sizes.HENGE.probe() + Sizes.HENGE.probeReply()) * 2.5;
        all.forEach(figures -> assertEquals(expected, figures.restBytesPerSecond(), 0.03 * expected));
    }

    @Test
    void threeMembers() {
        List<Figures> all = figures(3, Death.KILLED, 0, SEEDS);
        assertRest(all);
        // Two probe one of two every 400 ms: each finds it within 800.
        assertTrue(max(all, Figures::suspectMillis) <= 805, () -> "max " + max(all, Figures::suspectMillis));
        assertEquals(270, median(all, Figures::suspectMillis), 100);
        assertTrue(max(all, Figures::deadMillis) <= 805 + 5_000 + 255, () -> "max " + max(all, Figures::deadMillis));
        assertEquals(5_350, median(all, Figures::deadMillis), 200);
    }

    @Test
    void tenMembers() {
        List<Figures> all = figures(10, Death.KILLED, 0, SEEDS);
        assertRest(all);
        assertTrue(max(all, Figures::suspectMillis) <= 9 * 400 + 5, () -> "max " + max(all, Figures::suspectMillis));
        assertEquals(280, median(all, Figures::suspectMillis), 120);
        assertEquals(5_400, median(all, Figures::deadMillis), 250);
    }

    @Test
    void aSilentMemberIsFoundOutTwoProbeTimeoutsLater() {
        for (int members : new int[] {3, 10}) {
            double killed = median(figures(members, Death.KILLED, 0, SEEDS), Figures::suspectMillis);
            double silent = median(figures(members, Death.SILENT, 0, SEEDS), Figures::suspectMillis);
            assertEquals(killed + 2_000, silent, 120, members + " members");
        }
    }

    @Test
    void lostPacketsDelayLittleForNewsAreToldAgain() {
        List<Figures> lossy = figures(30, Death.KILLED, 0.1, SEEDS / 4);
        assertEquals(median(figures(30, Death.KILLED, 0, SEEDS / 4), Figures::deadMillis),
                median(lossy, Figures::deadMillis), 500);
        // Who hears of it from nobody finds it out by itself.
        assertTrue(max(lossy, Figures::deadMillis) <= 29 * 400 + 5_255, () -> "max " + max(lossy, Figures::deadMillis));
    }

    @Test
    void theSameSeedGivesTheSameFigures() {
        Figures first = figures(10, Death.KILLED, 0.1, 1).get(0);
        assertEquals(first, figures(10, Death.KILLED, 0.1, 1).get(0));
        assertNotEquals(first.deadMillis(), figures(10, Death.KILLED, 0.1, 2).get(1).deadMillis());
    }

    @Test
    @EnabledIfSystemProperty(named = "henge.long", matches = "true")
    void upToAThousandMembers() {
        for (Death death : Death.values()) {
            for (int members : new int[] {3, 10, 30, 100, 300, 1_000}) {
                List<Figures> all = figures(members, death, 0, SEEDS);
                System.out.printf(Locale.ROOT, "%s %d members, %d seeds: %.0f B/s; suspect %.0f / %.0f ms; dead %.0f / %.0f"
                        + " ms; bytes %.0f, most %.0f%n", death, members, all.size(),
                        median(all, Figures::restBytesPerSecond), median(all, Figures::suspectMillis),
                        max(all, Figures::suspectMillis), median(all, Figures::deadMillis), max(all, Figures::deadMillis),
                        median(all, Figures::meanBytes), max(all, Figures::mostBytes));
                assertRest(all);
            }
        }
    }
}
