package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A hash table that grows over several parts, with entries that come and go meanwhile. */
class HashIndexTest {

    private static final int ENTRIES = 400_000;
    private static final int PART_INTS = 2 << HashIndex.PART_SHIFT;

    @Test
    void findsWhatWasAddedAndNothingElseWhileItGrows() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        HashIndex index = new HashIndex(HashIndex.made(1024));
        int[] hashes = new int[ENTRIES + 1];
        List<Integer> there = new ArrayList<>();
        List<Integer> gone = new ArrayList<>();
        for (int ref = 1; ref <= ENTRIES; ref++) {
            // some collide, some begin at the end of a part or of the table, and wrap
            hashes[ref] = random.nextInt(400) == 0 ? -1 - random.nextInt(50) : random.nextInt();
            there.add(ref);
            index.add(ref, hashes[ref], there.size());
            if (random.nextInt(5) == 0) {
                int at = random.nextInt(there.size());
                int removed = there.set(at, there.get(there.size() - 1));
                there.remove(there.size() - 1);
                index.remove(removed, hashes[removed]);
                gone.add(removed);
            }
            if (ref % 50_000 == 0) {
                for (int i = 0; i < 2_000; i++) {
                    int one = there.get(random.nextInt(there.size()));
                    assertTrue(has(index, one, hashes[one]), () -> "seed " + seed + ": lacks " + one);
                    int other = gone.get(random.nextInt(gone.size()));
                    assertTrue(!has(index, other, hashes[other]), () -> "seed " + seed + ": still has " + other);
                }
            }
        }
        there.forEach(ref -> assertTrue(has(index, ref, hashes[ref]), () -> "seed " + seed + ": lacks " + ref));
        gone.forEach(ref -> assertTrue(!has(index, ref, hashes[ref]), () -> "seed " + seed + ": still has " + ref));
        assertTrue(index.parts.length > 4, "it should have grown over several parts");
        for (int[] part : index.parts) {
            assertEquals(PART_INTS, part.length);
        }
        assertEquals(there.size(), Arrays.stream(index.parts).mapToLong(HashIndexTest::used).sum());
    }

    private static long used(int[] part) {
        int used = 0;
        for (int i = 1; i < part.length; i += 2) {
            used += part[i] == Memtable.NONE ? 0 : 1;
        }
        return used;
    }

    private static boolean has(HashIndex index, int ref, int hash) {
        for (int i = hash & index.mask;; i = (i + 1) & index.mask) {
            int[] part = index.parts[i >>> HashIndex.PART_SHIFT];
            int there = part[2 * (i & HashIndex.PART_MASK) + 1];
            if (there == ref || there == Memtable.NONE) {
                return there == ref;
            }
        }
    }
}
