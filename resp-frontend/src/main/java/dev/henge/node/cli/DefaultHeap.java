package dev.henge.node.cli;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The Java heap of a node if nobody says one: an eighth of the machine's memory, since most of it holds what was
 * written last, and what is there costs no look into tables; all nodes of a machine together have half of it. The
 * launcher computes the same for a single node.
 */
final class DefaultHeap {
    static final String MEANING = "an eighth of the memory, half of it for all nodes, 512m to 4g";

    private static final long FLOOR_MEGA = 512;
    private static final long CEILING_MEGA = 4096;
    /** Not even the floor takes more of the memory than one part in so many. */
    private static final long FLOOR_PART = 4;
    private static final long PART = 8;
    private static final long ALL_PART = 2;

    private DefaultHeap() {
    }

    /** The heap of each of the nodes on this machine, or in this container. */
    static String here(int nodes) {
        long bytes = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return of(bytes >> 20, nodes) + "m";
    }

    static long of(long memoryMega, int nodes) {
        long floor = Math.min(FLOOR_MEGA, memoryMega / FLOOR_PART);
        long share = Math.min(memoryMega / PART, memoryMega / ALL_PART / nodes);
        return Math.max(floor, Math.min(CEILING_MEGA, share));
    }
}
