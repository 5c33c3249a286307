package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.RingPlan.NodeLoad;
import dev.henge.ring.transfer.TransferStanding;
import dev.henge.ring.transfer.TransferStanding.NodeTransfer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Plans and transfers in lines for people and in JSON. */
class RingTextTest {
    private static final long GB = 1L << 30;
    private static final Map<String, String> ADDRESSES = Map.of("aaaaaaaa", "127.0.0.1:6379", "dddddddd", "127.0.0.1:6382");

    private static String lines(List<String> lines) {
        return String.join("\n", lines);
    }

    private static RingPlan plan(String zone, int weight) {
        return new RingPlan(List.of("node dddddddd joins"), List.of(
                new NodeLoad("aaaaaaaa", zone, 100, 1024, 768, 342, 256, 4 * GB, 3 * GB, 0, GB),
                new NodeLoad("dddddddd", zone, weight, 0, 768, 0, 256, 0, 3 * GB, 3 * GB, 0)), 768, 3 * GB, 12, 307,
                List.of("dddddddd is on a machine with another"));
    }

    @Test
    void aPlanHasEveryNodeBeforeAndAfter() {
        assertEquals("""
                staged   node 127.0.0.1:6382 joins
                moves    768 vnodes, 3.0G and 12 of a size that is not known; about 5m7s at 10.0M/s a node
                warning  127.0.0.1:6382 is on a machine with another

                node                 vnodes   primaries          data  takes
                127.0.0.1:6379  1024 -> 768  342 -> 256  4.0G -> 3.0G      -
                127.0.0.1:6382     0 -> 768    0 -> 256    0B -> 3.0G   3.0G

                henge commit begins it; henge unstage forgets it.""",
                lines(new PlanText(plan("", 100), 10 << 20, ADDRESSES).full()));
    }

    @Test
    void zonesAndWeightsAreShownWhereThereAreSome() {
        List<String> lines = new PlanText(plan("east", 150), 0, Map.of()).full();
        assertTrue(lines.contains("node      zone  weight       vnodes   primaries          data  takes"), lines(lines));
        assertTrue(lines.contains("dddddddd  east     1.5     0 -> 768    0 -> 256    0B -> 3.0G   3.0G"), lines(lines));
        assertTrue(lines.contains("moves    768 vnodes, 3.0G and 12 of a size that is not known; no rate is set"), lines(lines));
        lines.forEach(line -> assertTrue(line.length() <= 80, line));
    }

    @Test
    void nothingStagedIsSaid() {
        RingPlan none = new RingPlan(List.of(), List.of(), 0, 0, 0, 0, List.of());
        assertEquals(List.of("Nothing is staged."), new PlanText(none, 0, Map.of()).full());
        assertEquals("{\"changes\":[],\"warnings\":[],\"vnodes_moved\":0,\"bytes_moved\":0,\"vnodes_unsized\":0,"
                + "\"bytes_per_second\":0,\"seconds\":0,\"nodes\":[]}", Json.of(new PlanText(none, 0, Map.of()).fields()));
    }

    @Test
    void aPlanAsJsonHasIdsAndAddresses() {
        String json = Json.of(new PlanText(plan("", 100), 10, ADDRESSES).fields());
        assertTrue(json.contains("{\"node\":\"aaaaaaaa\",\"address\":\"127.0.0.1:6379\",\"zone\":\"\",\"weight\":100,"
                + "\"vnodes_before\":1024,\"vnodes_after\":768,\"primaries_before\":342,\"primaries_after\":256,"
                + "\"bytes_before\":4294967296,\"bytes_after\":3221225472,\"bytes_in\":0,\"bytes_out\":1073741824}"), json);
        assertTrue(json.startsWith("{\"changes\":[\"node dddddddd joins\"],"), json);
    }

    @Test
    void weightsAreInNormalNodes() {
        assertEquals(List.of("1", "1.5", "0.25", "10", "100", "0.01"),
                Arrays.stream(new int[] {100, 150, 25, 1000, 10_000, 1}).mapToObj(PlanText::weight).toList());
    }

    private static TransferStanding moving(int toTake, long done, long left) {
        return new TransferStanding(false, 10 << 20, 400, left, 200, List.of(
                new NodeTransfer("aaaaaaaa", 0, 0, 256, 0, 0),
                new NodeTransfer("dddddddd", toTake, 8, 0, done, left)));
    }

    @Test
    void barsFillTheWidth() {
        assertEquals("""
                moving   512 vnodes, 2.0G left, about 3m20s; at most 10.0M/s a node
                node                                    done         taken      to take  lets go
                127.0.0.1:6379                             -             -            0      256
                127.0.0.1:6382  [######..............]  33 %  1.0G of 3.0G  512 (8 now)        0""",
                lines(new TransfersText(ADDRESSES, 80).lines(moving(512, GB, 2 * GB))));
        for (int width : new int[] {80, 100, 200}) {
            List<String> lines = new TransfersText(ADDRESSES, width).lines(moving(512, GB, 2 * GB));
            lines.forEach(line -> assertTrue(line.length() <= width, line));
            int bar = lines.get(3).indexOf(']') - lines.get(3).indexOf('[') - 1;
            assertTrue(bar >= 10 && bar <= 30 && (bar == 30 || lines.get(3).length() == width), lines.get(3));
            assertEquals(bar / 3, lines.get(3).chars().filter(c -> c == '#').count());
        }
    }

    @Test
    void aBarIsByVnodesWhereBytesAreNotKnown() {
        TransfersText text = new TransfersText(ADDRESSES, 80);
        assertTrue(lines(text.lines(moving(512, 0, 0))).contains(" 0 % "));
        assertTrue(lines(text.lines(moving(128, 0, 0))).contains(" 75 % "));
        assertTrue(lines(text.lines(moving(0, 0, 0))).contains("100 % "));
    }

    @Test
    void summaryOfEveryState() {
        assertEquals("done     every vnode is where it should be",
                TransfersText.summary(new TransferStanding(false, 0, 0, 0, -1, List.of())));
        assertEquals("moving   all has moved, 3 vnodes to let go; no rate is set", TransfersText.summary(
                new TransferStanding(false, 0, 3, 0, 0, List.of(new NodeTransfer("aaaaaaaa", 0, 0, 3, 7, 0)))));
        assertEquals("done     every vnode is where it should be; transfers are paused",
                TransfersText.summary(new TransferStanding(true, 0, 0, 0, -1, List.of())));
        assertEquals("paused   1 vnode, 5B left; henge resume goes on",
                TransfersText.summary(new TransferStanding(true, 0, 1, 5, 9, List.of())));
        assertEquals("moving   7 vnodes left; no rate is set",
                TransfersText.summary(new TransferStanding(false, 0, 7, 0, -1, List.of())));
        assertEquals(1, new TransfersText(ADDRESSES, 80).lines(new TransferStanding(false, 0, 0, 0, -1,
                List.of(new NodeTransfer("aaaaaaaa", 0, 0, 0, 7, 0)))).size());
    }

    @Test
    void barsAreFullOnlyAtTheEnd() {
        assertEquals("[..........]", TransfersText.drawn(0, 10));
        assertEquals("[#########.]", TransfersText.drawn(0.999, 10));
        assertEquals("[##########]", TransfersText.drawn(1, 10));
        assertEquals("", TransfersText.drawn(-1, 10));
    }

    @Test
    void nodesStandInTheOrderOfTheirAddresses() {
        List<NodeTransfer> nodes = List.of(new NodeTransfer("a", 1, 0, 0, 0, 0), new NodeTransfer("b", 1, 0, 0, 0, 0),
                new NodeTransfer("c", 1, 0, 0, 0, 0));
        List<String> lines = new TransfersText(Map.of("a", "10.0.0.10:1", "b", "10.0.0.9:20", "c", "10.0.0.9:3"), 80)
                .lines(new TransferStanding(false, 0, 3, 0, -1, nodes));
        assertEquals(List.of("node", "10.0.0.9:3", "10.0.0.9:20", "10.0.0.10:1"),
                lines.subList(1, 5).stream().map(line -> line.split(" ")[0]).toList());
    }

    @Test
    void jsonIsQuoted() {
        List<Object> list = new ArrayList<>(List.of("a\"b\\c\n", 7L, true));
        list.add(null);
        assertEquals("{\"a_b\":[\"a\\\"b\\\\c\\u000a\",7,true,null]}", Json.of(Map.of("a-b", list)));
    }

    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        assertEquals(List.of("a     bb", "long  1", "x     22"), new TextTable(List.of("a", "bb"))
                .row(List.of("long", "1")).row(List.of("x", "22")).lines());
        assertEquals(List.of("   a  bb", "long   1"), new TextTable(List.of(">a", ">bb")).row(List.of("long", "1")).lines());
    }
}
