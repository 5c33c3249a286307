package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LevelsTest {

    private static final long MIB = 1 << 20;
    private static final long MEMTABLE = 64 * MIB;

    private static Levels levels(int runs, long... mebibytes) {
        long[] bytes = new long[Levels.COUNT];
        for (int i = 0; i < mebibytes.length; i++) {
            bytes[i] = mebibytes[i] * MIB;
        }
        return new Levels(LevelOptions.defaults(), MEMTABLE, runs, bytes);
    }

    @Test
    void aSmallStoreHasTheLastLevelOnly() {
        assertEquals(6, levels(4, 256).belowLevelZero());
        assertEquals(6, levels(4, 256, 0, 0, 0, 0, 0, 700).belowLevelZero());
        assertEquals(0, levels(4, 256, 0, 0, 0, 0, 0, 700).fullest(0));
        assertEquals(-1, levels(3, 192, 0, 0, 0, 0, 0, 700).fullest(0));
    }

    @Test
    void theUpperLevelsAreANinthOfTheLast() {
        for (long last : new long[] {1_000, 5_000, 26_000, 100_000, 3_000_000, 20_000_000}) {
            Levels levels = levels(0, 0, 0, 0, 0, 0, 0, last);
            long above = 0;
            for (int level = 1; level < Levels.LAST; level++) {
                above += levels.target(level);
            }
            assertTrue(above < last * MIB / 9 + MIB, last + ": " + above);
            long base = levels.target(levels.belowLevelZero()) / MIB;
            assertTrue(base > 70 && base <= 768, last + ": " + base);
        }
    }

    @Test
    void aStoreThatShrinksDrainsWhatIsAboveItsBase() {
        Levels shrunk = levels(0, 0, 0, 0, 0, 0, 30, 600);
        assertEquals(5, shrunk.belowLevelZero());
        assertEquals(5, shrunk.fullest(0));
    }

    @Test
    void debtIsWhatMustBeWritten() {
        assertEquals(0, levels(3, 192, 0, 0, 0, 0, 0, 700).debtBytes());
        assertEquals((256 + 700) * MIB, levels(4, 256, 0, 0, 0, 0, 0, 700).debtBytes());
        Levels full = levels(0, 0, 0, 0, 0, 0, 600, 4_000);
        assertEquals(200 * (1 + 4_000.0 / 600), full.debtBytes() / (double) MIB, 1);
    }

    @Test
    void theNumberOfTablesIsBounded() {
        assertEquals(64 * MIB, levels(0, 0, 0, 0, 0, 0, 0, 1_000).tableBytes(6));
        assertEquals(256 * MIB, levels(0, 0, 0, 0, 0, 0, 0, 10_000_000).tableBytes(6));
    }
}
