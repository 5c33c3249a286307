package dev.henge.storage.lsm;

import java.util.Arrays;

/**
 * The groups of a {@link BlockTable}: runs of neighbouring blocks whose fences are equal, as they are within one large
 * collection. There a second row of eight-byte numbers decides, the tails: taken from each separator behind what all
 * separators of the group, the first one excepted, have in common. (The first one may be cut short by what stands
 * before the group; its tail is 0, and a search begins after it.)
 *
 * @param bytes (first block u32 | blocks u32 | depth u32 | number of its first tail u32) a group, then all tails
 */
record BlockGroups(int count, byte[] bytes) {

    /**
     * Finds the groups.
     *
     * @param fences as they are written, with the end that follows the last block
     */
    static BlockGroups of(byte[] fences, int blocks, byte[] separators) {
        byte[] groups = new byte[4 * BlockFormat.GROUP_BYTES];
        byte[] tails = new byte[64 * BlockFormat.TAIL_BYTES];
        int count = 0;
        int tailCount = 0;
        for (int first = 0, next; first < blocks; first = next) {
            next = endOfRun(fences, first, blocks);
            if (next - first < BlockFormat.GROUP_BLOCKS_MIN) {
                continue;
            }
            int depth = sharedBy(fences, first + 1, next - 1, separators);
            groups = withRoom(groups, (count + 1) * BlockFormat.GROUP_BYTES);
            int at = count++ * BlockFormat.GROUP_BYTES;
            BlockFormat.putInt(groups, at, first);
            BlockFormat.putInt(groups, at + 4, next - first);
            BlockFormat.putInt(groups, at + 8, depth);
            BlockFormat.putInt(groups, at + 12, tailCount);
            tails = withRoom(tails, (tailCount + next - first) * BlockFormat.TAIL_BYTES);
            tailCount++;
            for (int block = first + 1; block < next; block++, tailCount++) {
                BlockFormat.putLong(tails, tailCount * BlockFormat.TAIL_BYTES,
                    BlockFormat.fenceOf(separators, start(fences, block) + depth, start(fences, block + 1)));
            }
        }
        int directory = count * BlockFormat.GROUP_BYTES;
        byte[] bytes = Arrays.copyOf(groups, directory + tailCount * BlockFormat.TAIL_BYTES);
        System.arraycopy(tails, 0, bytes, directory, bytes.length - directory);
        return new BlockGroups(count, bytes);
    }

    private static int endOfRun(byte[] fences, int first, int blocks) {
        long fence = BlockFormat.longAt(fences, first * BlockFormat.FENCE_BYTES);
        int next = first + 1;
        while (next < blocks && BlockFormat.longAt(fences, next * BlockFormat.FENCE_BYTES) == fence) {
            next++;
        }
        return next;
    }

    /** What the separators from one to another have in common: what those two have, for they are in order. */
    private static int sharedBy(byte[] fences, int first, int last, byte[] separators) {
        int at = Arrays.mismatch(separators, start(fences, first), start(fences, first + 1),
            separators, start(fences, last), start(fences, last + 1));
        return at < 0 ? start(fences, first + 1) - start(fences, first) : at;
    }

    private static int start(byte[] fences, int block) {
        return BlockFormat.intAt(fences, block * BlockFormat.FENCE_BYTES + 12);
    }

    private static byte[] withRoom(byte[] bytes, int length) {
        return length <= bytes.length ? bytes : Arrays.copyOf(bytes, Math.max(length, 2 * bytes.length));
    }
}
