package dev.henge.ring.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VnodeTest {
    @Test
    void vnodesCutTheSlotsIntoEqualNeighbouringRuns() {
        for (int count = 1; count <= HashSlot.COUNT; count *= 2) {
            assertTrue(Vnode.isCount(count));
            int slot = 0;
            for (int vnode = 0; vnode < count; vnode++) {
                assertEquals(slot, Vnode.firstSlot(vnode, count));
                for (int i = 0; i < HashSlot.COUNT / count; i++) {
                    assertEquals(vnode, Vnode.ofSlot(slot++, count));
                }
                assertEquals(slot - 1, Vnode.lastSlot(vnode, count));
            }
            assertEquals(HashSlot.COUNT, slot);
        }
    }

    @Test
    void aKeyGoesWhereItsTagGoes() {
        byte[] key = "{foo}.x".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(12182 / 16, Vnode.ofKey(key, 0, key.length, Vnode.DEFAULT_COUNT));
    }

    @Test
    void otherCountsAreNone() {
        for (int count : new int[] {Integer.MIN_VALUE, -1, 0, 3, 1000, 32768}) {
            assertFalse(Vnode.isCount(count));
            assertThrows(IllegalArgumentException.class, () -> new RingSettings(count, 256, 3, 50));
        }
    }
}
