package dev.henge.storage.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The newest entries of a store, in memory: a hash index for look-ups and a skip list for order, without an object an
 * entry.
 *
 * <p>Everything lies in 1 MiB chunks taken from a {@link ChunkPool}; what is larger than a quarter of a chunk has an
 * array of its own. A reference is an int: chunk number above 17 bits of offset in units of 8 bytes; 0 is none.
 *
 * <pre>
 * entry: hash i32 | height, key length, whether an operand i32 | value reference i32
 *        | value length i32 (-1: tombstone) | value capacity i32 | previous entry i32 | (next entry i32 | its sign u32) a level | key
 * </pre>
 *
 * <p>The sign is bytes 2 to 5 of the next entry's key, zeros where it is shorter. Two keys of one list whose signs
 * differ are ordered as their signs are, so a search mostly decides without touching the next entry: that halves its
 * cache misses, which are its cost.
 *
 * <p>The skip list (Pugh, "Skip lists: a probabilistic alternative to balanced trees", 1990) is cut into up to 65,536
 * lists, one a two-byte key prefix. The prefix of a disk key is its slot, so a search only walks its slot's entries.
 * A list's head looks like an entry without a key; a bitmap says which prefixes have one. Level 0 is linked both ways.
 *
 * <p>Order is lazy. A new entry is in the hash index at once, but in its list's order only when somebody asks for
 * that: until then it waits in a chain at the list's head (the head's value reference; linked by level 0). A list that
 * is asked sorts what waits ({@link KeySort}) and links it in one walk. So a command that only writes and looks up, as
 * most do, never pays for order; a collection's rows are all in one list, of up to a million entries, and a search
 * there misses the cache twenty times. What nobody has asked for is sorted by the flush, off the owner's thread. The
 * price: the first who asks for the order of a collection's million new rows waits a quarter of a second; to link every
 * few thousand instead costs each what its own search does. Keys that come in order do not wait: see {@link KeyRun}.
 *
 * <p>Threads: the owner writes and reads; once {@link #freeze frozen} nothing changes but what waits coming into its
 * order, under the memtable's lock, and any thread that holds it may read.
 */
final class Memtable {

    static final int NONE = 0;
    static final int TOMBSTONE = -1;
    static final int VALUE_BYTES_MAX = 1 << 30;
    static final int KEY_BYTES_MAX = 512 << 10;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int OFFSET_BITS = 17;
    private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
    private static final int CHUNKS_MAX = 1 << (32 - OFFSET_BITS - 1);
    private static final int OWN_ARRAY_BYTES = ChunkPool.CHUNK_BYTES / 4;

    private static final int HASH = 0;
    private static final int SHAPE = 4;
    private static final int VALUE = 8;
    /** In a list's head: the first of the entries that are not in its order yet. */
    private static final int WAITING = VALUE;
    private static final int VALUE_LENGTH = 12;
    /** In a list's head: how many these are. */
    private static final int WAITING_COUNT = VALUE_LENGTH;
    private static final int VALUE_CAPACITY = 16;
    private static final int PREVIOUS = 20;
    private static final int NEXT = 24;
    private static final int LEVEL_BYTES = 8;
    private static final int SIGN = 4;

    private static final int KEY_LENGTH_MASK = (1 << 24) - 1;
    /** In an entry's shape: it was unlinked while it waited; it waits for its place in the order. */
    private static final int GONE_BIT = 1 << 24;
    private static final int WAITING_BIT = 1 << 25;
    private static final int HEIGHT_SHIFT = 26;
    private static final int HEIGHT_MASK = 15;
    /** The sign bit of a head's shape: how a walk backwards sees that it is at its list's start. */
    private static final int HEAD_BIT = 1 << 31;
    /** In an entry's shape: its value is an operand. */
    private static final int OPERAND_BIT = 1 << 30;
    private static final int HEIGHT_MAX = 12;
    /** So many neighbours are passed to find what is before an entry on higher levels; then it is searched for. */
    private static final int STEPS_BACK_MAX = 32;
    private static final int PREFIXES = 1 << 16;
    private static final byte[] NO_BYTES = {};

    private final ChunkPool pool;
    private final SplittableRandom random;
    private byte[][] chunks = new byte[16][];
    private int chunkCount;
    private int tailChunk;
    private int tailOffset;
    private final HashIndex index;
    private final int[] heads = new int[PREFIXES];
    private final PrefixSet listed = new PrefixSet(PREFIXES);
    private final int[] before = new int[HEIGHT_MAX];
    private final EntriesAhead ahead;
    /** Entries on their way into order. */
    private final int[] few = new int[64];
    /** Where keys arrive in order, by list. */
    private final KeyRuns runs = new KeyRuns(HEIGHT_MAX);

    private int count;
    private int tombstones;
    private long usedBytes;
    private int keyBytesMax;
    private int valueBytesMax;
    private long changes;
    private long unlinks;
    private boolean frozen;
    private volatile boolean flushed;
    /** The log position up to which this memtable holds everything; set when it is frozen. */
    private long endPosition;
    /** Its place among the memtables of the store, from 1 on; set when it is frozen. */
    private long order;
    /** How many views, cursors and snapshots hold it. */
    private final AtomicInteger holders = new AtomicInteger();

    Memtable(ChunkPool pool, long seed) {
        this.pool = pool;
        this.random = new SplittableRandom(seed);
        this.index = new HashIndex(pool.takeHashTable(1024));
        this.ahead = new EntriesAhead(this, index);
        addChunk(pool.take());
        tailOffset = 8; // so that no reference is 0
    }

    // ---- look-ups

    /** The entry of the key, or NONE; {@code hash} is the low half of its {@link KeyHash}. */
    int find(byte[] key, int keyLength, int hash) {
        int[][] parts = index.parts;
        int mask = index.mask;
        for (int i = hash & mask;; i = (i + 1) & mask) {
            int[] part = parts[i >>> HashIndex.PART_SHIFT];
            int at = 2 * (i & HashIndex.PART_MASK);
            int ref = part[at + 1];
            if (ref == NONE) {
                return NONE;
            }
            if (part[at] == hash && is(ref, key, keyLength)) {
                return ref;
            }
        }
    }

    private boolean is(int ref, byte[] key, int keyLength) {
        byte[] chunk = chunkOf(ref);
        int at = offsetOf(ref);
        int shape = (int) INTS.get(chunk, at + SHAPE);
        int start = at + keyStart(shape);
        return Arrays.equals(chunk, start, start + (shape & KEY_LENGTH_MASK), key, 0, keyLength);
    }

    boolean isTombstone(int ref) {
        return getInt(ref, VALUE_LENGTH) == TOMBSTONE;
    }

    /** Whether the value is an operand, to be merged with what is older. */
    boolean isOperand(int ref) {
        return (getInt(ref, SHAPE) & OPERAND_BIT) != 0;
    }

    int valueLength(int ref) {
        return getInt(ref, VALUE_LENGTH);
    }

    byte[] key(int ref) {
        byte[] chunk = chunkOf(ref);
        int start = keyOffset(ref);
        return Arrays.copyOfRange(chunk, start, start + keyLength(ref));
    }

    void copyKey(int ref, byte[] into) {
        System.arraycopy(chunkOf(ref), keyOffset(ref), into, 0, keyLength(ref));
    }

    /** A copy of the value, or null for a tombstone. */
    byte[] value(int ref) {
        int length = getInt(ref, VALUE_LENGTH);
        if (length == TOMBSTONE) {
            return null;
        }
        if (length == 0) {
            return new byte[0];
        }
        int at = getInt(ref, VALUE);
        int offset = offsetOf(at);
        return Arrays.copyOfRange(chunkOf(at), offset, offset + length);
    }

    /** Brings near the processor what these hashes lead to: see {@link EntriesAhead}. */
    int warm(long[] hashes, int count) {
        return ahead.warm(hashes, count);
    }

    /** Where the value lies, or {@link #NONE}. */
    int valueAt(int ref) {
        return getInt(ref, VALUE);
    }

    /** Says where the value lies; a tombstone is nothing. */
    void view(int ref, FoundBytes found) {
        byte[] chunk = chunkOf(ref);
        int at = offsetOf(ref);
        int length = (int) INTS.get(chunk, at + VALUE_LENGTH);
        if (length == TOMBSTONE) {
            found.whole(null);
            return;
        }
        if (length == 0) {
            found.view(NO_BYTES, 0, 0);
            return;
        }
        int value = (int) INTS.get(chunk, at + VALUE);
        found.view(chunkOf(value), offsetOf(value), length);
    }

    // ---- changes

    void put(byte[] key, int keyLength, int hash, byte[] value, int valueOffset, int valueLength) {
        putFound(find(key, keyLength, hash), key, keyLength, hash, value, valueOffset, valueLength);
    }

    /**
     * The same where {@link #find} has said what the key's entry is, and that is so still ({@link #momentOf}). Returns
     * the key's entry.
     */
    int putFound(int ref, byte[] key, int keyLength, int hash, byte[] value, int valueOffset, int valueLength) {
        changes++;
        if (ref == NONE) {
            return insert(key, keyLength, hash, value, valueOffset, valueLength);
        }
        if (getInt(ref, VALUE_LENGTH) == TOMBSTONE) {
            tombstones--;
        }
        overwrite(ref, value, valueOffset, valueLength);
        return ref;
    }

    /** Puts an operand onto what is here of the key. */
    void merge(byte[] key, int keyLength, int hash, byte[] operand, MergeOperator operator) {
        int ref = find(key, keyLength, hash);
        if (ref == NONE) {
            changes++;
            ref = insert(key, keyLength, hash, operand, 0, operand.length);
            putInt(ref, SHAPE, getInt(ref, SHAPE) | OPERAND_BIT);
            return;
        }
        if (isTombstone(ref)) {
            put(key, keyLength, hash, operand, 0, operand.length);
            return;
        }
        changes++;
        boolean stays = isOperand(ref);
        byte[] merged = operator.merge(key(ref), value(ref), operand);
        overwrite(ref, merged, 0, merged.length);
        if (stays) {
            putInt(ref, SHAPE, getInt(ref, SHAPE) | OPERAND_BIT);
        }
    }

    private void overwrite(int ref, byte[] value, int valueOffset, int valueLength) {
        putInt(ref, SHAPE, getInt(ref, SHAPE) & ~OPERAND_BIT);
        if (getInt(ref, VALUE_CAPACITY) < valueLength) {
            // A value that grows once grows again: leave it a quarter more.
            int capacity = roundUp(Math.min(valueLength + (valueLength >>> 2), VALUE_BYTES_MAX));
            putInt(ref, VALUE, allocate(capacity));
            putInt(ref, VALUE_CAPACITY, capacity);
        }
        store(ref, value, valueOffset, valueLength);
    }

    private int insert(byte[] key, int keyLength, int hash, byte[] value, int valueOffset, int valueLength) {
        int ref = insertEntry(key, keyLength, hash);
        if (valueLength > 0) {
            putInt(ref, VALUE, allocate(valueLength));
            putInt(ref, VALUE_CAPACITY, roundUp(valueLength));
        }
        store(ref, value, valueOffset, valueLength);
        return ref;
    }

    private void store(int ref, byte[] value, int valueOffset, int valueLength) {
        if (valueLength > 0) {
            int at = getInt(ref, VALUE);
            System.arraycopy(value, valueOffset, chunkOf(at), offsetOf(at), valueLength);
        }
        putInt(ref, VALUE_LENGTH, valueLength);
        valueBytesMax = Math.max(valueBytesMax, valueLength);
    }

    /** Marks the key as deleted, whether it is here or not. */
    void putTombstone(byte[] key, int keyLength, int hash) {
        int ref = find(key, keyLength, hash);
        if (ref == NONE) {
            ref = insertEntry(key, keyLength, hash);
        } else if (isTombstone(ref)) {
            return;
        }
        changes++;
        tombstones++;
        putInt(ref, VALUE_LENGTH, TOMBSTONE);
        putInt(ref, SHAPE, getInt(ref, SHAPE) & ~OPERAND_BIT);
    }

    /** Removes an entry as if it had never been. Its bytes are not used again. */
    void unlink(int ref) {
        changes++;
        unlinks++;
        if (isTombstone(ref)) {
            tombstones--;
        }
        int shape = getInt(ref, SHAPE);
        int height = heightOf(shape);
        index.remove(ref, getInt(ref, HASH));
        count--;
        if ((shape & WAITING_BIT) != 0) {
            putInt(ref, SHAPE, shape | GONE_BIT);
            return;
        }
        int prefix = prefixOf(ref);
        findBefore(ref, height, heads[prefix]);
        for (int level = 0; level < height; level++) {
            copyLink(ref, before[level], NEXT + LEVEL_BYTES * level);
        }
        runs.at(prefix).unlinked(heads[prefix], ref, height, before);
        int next = getInt(ref, NEXT);
        if (next != NONE) {
            putInt(next, PREVIOUS, before[0]);
        }
    }

    /** Brings what is before an entry into {@link #before}: from neighbour to neighbour, unless that takes long. */
    private void findBefore(int ref, int height, int head) {
        int at = getInt(ref, PREVIOUS);
        before[0] = at;
        int steps = STEPS_BACK_MAX;
        for (int level = 1; level < height; level++) {
            while (heightOf(getInt(at, SHAPE)) <= level) {
                if (--steps == 0) {
                    Arrays.fill(before, head);
                    seek(before, head, chunkOf(ref), keyOffset(ref), keyLength(ref));
                    return;
                }
                at = getInt(at, PREVIOUS);
            }
            before[level] = at;
        }
    }

    private int insertEntry(byte[] key, int keyLength, int hash) {
        int height = height();
        int headSize = NEXT + LEVEL_BYTES * height;
        int ref = allocate(headSize + keyLength);
        byte[] chunk = chunkOf(ref);
        int at = offsetOf(ref);
        INTS.set(chunk, at + HASH, hash);
        INTS.set(chunk, at + SHAPE, keyLength | height << HEIGHT_SHIFT);
        INTS.set(chunk, at + VALUE, NONE);
        INTS.set(chunk, at + VALUE_LENGTH, 0);
        INTS.set(chunk, at + VALUE_CAPACITY, 0);
        System.arraycopy(key, 0, chunk, at + headSize, keyLength);
        int prefix = prefix(key, keyLength);
        int head = headFor(prefix);
        KeyRun run = runs.at(prefix);
        boolean kept = run.keeps(head);
        if (kept && run.takes(this, key, keyLength)) {
            linkBehind(run.before(), ref, head, run.moves());
        } else {
            await(ref, head);
        }
        if (kept) {
            run.inserted(ref);
        }
        index.add(ref, hash, ++count);
        keyBytesMax = Math.max(keyBytesMax, keyLength);
        return ref;
    }

    private void await(int ref, int head) {
        putInt(ref, SHAPE, getInt(ref, SHAPE) | WAITING_BIT);
        putInt(ref, NEXT, getInt(head, WAITING));
        putInt(head, WAITING, ref);
        putInt(head, WAITING_COUNT, getInt(head, WAITING_COUNT) + 1);
    }

    /** Brings what waits at a list's head into its order. */
    private void order(int head) {
        if (frozen) {
            synchronized (this) {
                linkWaiting(head);
            }
        } else {
            linkWaiting(head);
        }
    }

    private void linkWaiting(int head) {
        int first = getInt(head, WAITING);
        if (first == NONE) {
            return;
        }
        int count = getInt(head, WAITING_COUNT);
        int[] refs = count <= few.length ? few : new int[count];
        int n = 0;
        for (int ref = first; ref != NONE; ref = getInt(ref, NEXT)) {
            int shape = getInt(ref, SHAPE);
            if ((shape & GONE_BIT) == 0) {
                refs[n++] = ref;
                if (!frozen) { // else nobody needs it, and others may read
                    putInt(ref, SHAPE, shape & ~WAITING_BIT);
                }
            }
        }
        new KeySort(this, refs).sort(n);
        Arrays.fill(before, head);
        for (int i = 0; i < n; i++) {
            link(refs[i], head);
        }
        putInt(head, WAITING, NONE);
        putInt(head, WAITING_COUNT, 0);
    }

    /** Links an entry of a higher key than {@link #before}, which moves on to it. */
    private void link(int ref, int head) {
        seek(before, head, chunkOf(ref), keyOffset(ref), keyLength(ref));
        runs.at(prefixOf(ref)).linked(this, head, ref, heightOf(getInt(ref, SHAPE)), before);
        linkBehind(before, ref, head, true);
    }

    /** Links an entry behind those that {@code place} has; {@code moving}: the place then is behind the entry. */
    private void linkBehind(int[] place, int ref, int head, boolean moving) {
        byte[] chunk = chunkOf(ref);
        int shape = getInt(ref, SHAPE);
        int height = heightOf(shape);
        if (height > heightOf(getInt(head, SHAPE))) {
            putInt(head, SHAPE, HEAD_BIT | height << HEIGHT_SHIFT);
        }
        int sign = KeySort.sign(chunk, offsetOf(ref) + keyStart(shape), shape & KEY_LENGTH_MASK);
        putInt(ref, PREVIOUS, place[0]);
        for (int level = 0; level < height; level++) {
            int link = NEXT + LEVEL_BYTES * level;
            copyLink(place[level], ref, link);
            putInt(place[level], link, ref);
            putInt(place[level], link + SIGN, sign);
            if (moving) {
                place[level] = ref;
            }
        }
        int next = getInt(ref, NEXT);
        if (next != NONE) {
            putInt(next, PREVIOUS, ref);
        }
    }

    /**
     * Moves {@code place} on to the last entry below the key, a level: it holds entries below the key already, if
     * only the head. First up as long as a level leads on, then down: the way is as long as the logarithm of the
     * distance.
     */
    void seek(int[] place, int head, byte[] key, int keyAt, int keyLength) {
        int sign = KeySort.sign(key, keyAt, keyLength);
        int levels = heightOf(getInt(head, SHAPE));
        int level = 0;
        while (level < levels && leadsOn(place[level], level, key, keyAt, keyLength, sign)) {
            level++;
        }
        if (level == 0) {
            return;
        }
        int at = place[--level];
        int refused = NONE;
        for (; level >= 0; level--) {
            int link = NEXT + LEVEL_BYTES * level;
            int next = getInt(at, link);
            while (next != NONE && next != refused && isBelow(at, link, next, key, keyAt, keyLength, sign)) {
                at = next;
                next = getInt(at, link);
            }
            refused = next; // known not to be below the key: need not be compared a level further down
            place[level] = at;
        }
    }

    private boolean leadsOn(int at, int level, byte[] key, int keyAt, int keyLength, int sign) {
        int link = NEXT + LEVEL_BYTES * level;
        int next = getInt(at, link);
        return next != NONE && isBelow(at, link, next, key, keyAt, keyLength, sign);
    }

    /** Whether the entry that a link leads to is below the key. */
    private boolean isBelow(int at, int link, int next, byte[] key, int keyAt, int keyLength, int sign) {
        int order = Integer.compareUnsigned(getInt(at, link + SIGN), sign);
        return order != 0 ? order < 0 : compare(next, key, keyAt, keyLength) < 0;
    }

    private void copyLink(int from, int to, int link) {
        putInt(to, link, getInt(from, link));
        putInt(to, link + SIGN, getInt(from, link + SIGN));
    }

    private int headFor(int prefix) {
        int head = heads[prefix];
        if (head == NONE) {
            int size = NEXT + LEVEL_BYTES * HEIGHT_MAX;
            head = allocate(size);
            Arrays.fill(chunkOf(head), offsetOf(head), offsetOf(head) + size, (byte) 0);
            putInt(head, SHAPE, HEAD_BIT | 1 << HEIGHT_SHIFT);
            heads[prefix] = head;
            listed.add(prefix);
        }
        return head;
    }

    private int height() {
        int bits = random.nextInt();
        int height = 1;
        while (height < HEIGHT_MAX && (bits & 3) == 0) {
            height++;
            bits >>>= 2;
        }
        return height;
    }

    // ---- order

    /** The first entry at or above the key (null: of all), or NONE. */
    int ceiling(byte[] key) {
        if (key == null) {
            return firstFrom(0);
        }
        int prefix = prefix(key, key.length);
        if (heads[prefix] != NONE) {
            order(heads[prefix]);
            int ref = getInt(lastBelow(heads[prefix], key), NEXT);
            if (ref != NONE) {
                return ref;
            }
        }
        return firstFrom(prefix + 1);
    }

    /** The last entry below the key (null: of all), or NONE. */
    int lower(byte[] key) {
        if (key == null) {
            return lastUpTo(PREFIXES - 1);
        }
        int prefix = prefix(key, key.length);
        if (heads[prefix] != NONE) {
            order(heads[prefix]);
            int ref = lastBelow(heads[prefix], key);
            if (ref != heads[prefix]) {
                return ref;
            }
        }
        return lastUpTo(prefix - 1);
    }

    /** The entry after this one, or NONE. */
    int next(int ref) {
        int next = getInt(ref, NEXT);
        return next != NONE ? next : firstFrom(prefixOf(ref) + 1);
    }

    /** The entry before this one, or NONE. */
    int previous(int ref) {
        int previous = getInt(ref, PREVIOUS);
        return getInt(previous, SHAPE) >= 0 ? previous : lastUpTo(prefixOf(ref) - 1);
    }

    /** As {@link #seek}, without touching what the owner thread uses: frozen memtables have several readers. */
    private int lastBelow(int head, byte[] key) {
        int at = head;
        int sign = KeySort.sign(key, 0, key.length);
        for (int level = heightOf(getInt(head, SHAPE)) - 1; level >= 0; level--) {
            int link = NEXT + LEVEL_BYTES * level;
            int next = getInt(at, link);
            while (next != NONE && isBelow(at, link, next, key, 0, key.length, sign)) {
                at = next;
                next = getInt(at, link);
            }
        }
        return at;
    }

    private int firstFrom(int prefix) {
        for (int at = listed.from(prefix); at >= 0; at = listed.from(at + 1)) {
            order(heads[at]);
            int first = getInt(heads[at], NEXT);
            if (first != NONE) {
                return first;
            }
        }
        return NONE;
    }

    private int lastUpTo(int prefix) {
        for (int at = listed.upTo(prefix); at >= 0; at = listed.upTo(at - 1)) {
            order(heads[at]);
            int last = lastOf(heads[at]);
            if (last != heads[at]) {
                return last;
            }
        }
        return NONE;
    }

    private int lastOf(int head) {
        int at = head;
        for (int level = heightOf(getInt(head, SHAPE)) - 1; level >= 0; level--) {
            int link = NEXT + LEVEL_BYTES * level;
            for (int next = getInt(at, link); next != NONE; next = getInt(at, link)) {
                at = next;
            }
        }
        return at;
    }

    private static int prefix(byte[] key, int keyLength) {
        int high = keyLength > 0 ? key[0] & 0xFF : 0;
        int low = keyLength > 1 ? key[1] & 0xFF : 0;
        return high << 8 | low;
    }

    private int prefixOf(int ref) {
        byte[] chunk = chunkOf(ref);
        int start = keyOffset(ref);
        int length = keyLength(ref);
        int high = length > 0 ? chunk[start] & 0xFF : 0;
        int low = length > 1 ? chunk[start + 1] & 0xFF : 0;
        return high << 8 | low;
    }

    int compare(int ref, byte[] key, int keyAt, int keyLength) {
        byte[] chunk = chunkOf(ref);
        int shape = (int) INTS.get(chunk, offsetOf(ref) + SHAPE);
        int start = offsetOf(ref) + keyStart(shape);
        return Arrays.compareUnsigned(chunk, start, start + (shape & KEY_LENGTH_MASK), key, keyAt, keyAt + keyLength);
    }

    /** The order of an entry's key and another. */
    int compare(int ref, byte[] key) {
        return compare(ref, key, 0, key.length);
    }

    /** Whether a key's place is right behind an entry in the order, or at its list's start, {@code head}. */
    boolean isBetween(int ref, int head, byte[] key, int keyLength) {
        int next = getInt(ref, NEXT);
        return (ref == head || compare(ref, key, 0, keyLength) < 0)
            && (next == NONE || compare(next, key, 0, keyLength) > 0);
    }

    /** The array in which an entry, its key, stands. */
    byte[] keyArray(int ref) {
        return chunkOf(ref);
    }

    int keyOffset(int ref) {
        return offsetOf(ref) + keyStart(getInt(ref, SHAPE));
    }

    int keyLength(int ref) {
        return getInt(ref, SHAPE) & KEY_LENGTH_MASK;
    }

    /** How many entries of a prefix's list wait. */
    int waiting(int prefix) {
        return heads[prefix] == NONE ? 0 : getInt(heads[prefix], WAITING_COUNT);
    }

    private static int heightOf(int shape) {
        return (shape >>> HEIGHT_SHIFT) & HEIGHT_MASK;
    }

    private static int keyStart(int shape) {
        return NEXT + LEVEL_BYTES * heightOf(shape);
    }

    // ---- memory

    private int allocate(int bytes) {
        int size = roundUp(bytes);
        usedBytes += size;
        if (size > OWN_ARRAY_BYTES) {
            addChunk(new byte[size]);
            return (chunkCount - 1) << OFFSET_BITS;
        }
        if (tailOffset + size > ChunkPool.CHUNK_BYTES) {
            addChunk(pool.take());
            tailChunk = chunkCount - 1;
            tailOffset = 0;
        }
        int ref = tailChunk << OFFSET_BITS | tailOffset >>> 3;
        tailOffset += size;
        return ref;
    }

    private void addChunk(byte[] chunk) {
        if (chunkCount == CHUNKS_MAX) {
            throw new IllegalStateException("one turn overfills the memtable: " + usedBytes + " bytes");
        }
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunks.length * 2);
        }
        chunks[chunkCount++] = chunk;
    }

    private static int roundUp(int bytes) {
        return (bytes + 7) & ~7;
    }

    /** The array in which an entry or a value stands. */
    byte[] chunkOf(int ref) {
        return chunks[ref >>> OFFSET_BITS];
    }

    /** Where in it. */
    static int offsetOf(int ref) {
        return (ref & OFFSET_MASK) << 3;
    }

    private int getInt(int ref, int field) {
        return (int) INTS.get(chunkOf(ref), offsetOf(ref) + field);
    }

    private void putInt(int ref, int field, int value) {
        INTS.set(chunkOf(ref), offsetOf(ref) + field, value);
    }

    // ---- life

    void freeze(long position, long place) {
        endPosition = position;
        order = place;
        frozen = true;
    }

    /** A table set that holds all of it has been published. */
    void markFlushed() {
        flushed = true;
    }

    boolean isFlushed() {
        return flushed;
    }

    long order() {
        return order;
    }

    long endPosition() {
        return endPosition;
    }

    void hold() {
        holders.incrementAndGet();
    }

    /** Lets go; the last holder's release gives the memory back. */
    void release() {
        if (holders.decrementAndGet() > 0) {
            return;
        }
        for (int i = 0; i < chunkCount; i++) {
            pool.give(chunks[i]);
        }
        pool.giveHashTable(index.giveUp());
        chunks = null;
    }

    int count() {
        return count;
    }

    int tombstones() {
        return tombstones;
    }

    /** Bytes taken, those of unlinked entries and outgrown values included. */
    long bytes() {
        return usedBytes + 12L * count;
    }

    int keyBytesMax() {
        return keyBytesMax;
    }

    int valueBytesMax() {
        return valueBytesMax;
    }

    /** What stands still as long as what was found of a key, an entry or that there is none, is so. */
    long momentOf(int entry) {
        return entry == NONE ? changes : unlinks;
    }

    /** Counts changes; a cursor that finds it moved must look for its place again. */
    long changes() {
        return changes;
    }
}
