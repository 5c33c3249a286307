package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.mapdb.DataInput2;

/**
 * A walk over the nodes of a MapDB table, either way between two keys. With MapDB's own ranged iterators
 * the store did not pass its model test (3.1.0: wrong starts, and entries past the end), so this reads the pages
 * itself.
 *
 * <pre>
 * page 0: 64 bytes of header, then as any page
 * page  : node count u32 | keys' offset u32 a node | values' offset u32 a node | … | keys of each node | values of
 * each node keys  : packed count | (packed length | key) each
 * values: (packed length | value) each                       offsets count from the page's start
 * </pre>
 */
final class TableWalk implements Table.StoredCursor {

    private static final int HEADER_BYTES = 64;

    private final TableVolume volume;
    private final int pageBytes;
    private final int pages;
    private final byte[] from;
    private final byte[] to;
    private final boolean reverse;
    private final UnaryOperator<byte[]> resolve;
    private int page;
    private int node;
    private int nodesOfPage;
    private byte[][] keys = {};
    private byte[][] values = {};
    private int at;
    private boolean done;
    private boolean started;

    /** @param resolve from a stored value to the value */
    TableWalk(TableVolume volume, int pageBytes, byte[] from, byte[] to, boolean reverse,
            UnaryOperator<byte[]> resolve) {
        this.resolve = resolve;
        this.volume = volume;
        this.pageBytes = pageBytes;
        this.pages = (int) (volume.length() / pageBytes);
        this.from = from;
        this.to = to;
        this.reverse = reverse;
    }

    @Override
    public boolean next() {
        if (done) {
            return false;
        }
        try {
            if (!started) {
                started = true;
                done = !(reverse ? seekEnd() : seekStart());
            } else {
                done = !(reverse ? back() : forth());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        done = done || isOutside(keys[at]);
        return !done;
    }

    private boolean isOutside(byte[] key) {
        return reverse
            ? from != null && Arrays.compareUnsigned(key, from) < 0
            : to != null && Arrays.compareUnsigned(key, to) >= 0;
    }

    private boolean seekStart() throws IOException {
        loadNodeAround(from);
        at = 0;
        while (from != null && Arrays.compareUnsigned(keys[at], from) < 0) {
            if (!forth()) {
                return false;
            }
        }
        return true;
    }

    private boolean seekEnd() throws IOException {
        if (to == null) {
            openPage(pages - 1);
            load(nodesOfPage - 1);
        } else {
            loadNodeAround(to);
        }
        at = keys.length - 1;
        while (to != null && Arrays.compareUnsigned(keys[at], to) >= 0) {
            if (!back()) {
                return false;
            }
        }
        return true;
    }

    private boolean forth() throws IOException {
        if (++at < keys.length) {
            return true;
        }
        if (node + 1 < nodesOfPage) {
            load(node + 1);
        } else if (page + 1 < pages) {
            openPage(page + 1);
            load(0);
        } else {
            return false;
        }
        at = 0;
        return true;
    }

    private boolean back() throws IOException {
        if (--at >= 0) {
            return true;
        }
        if (node > 0) {
            load(node - 1);
        } else if (page > 0) {
            openPage(page - 1);
            load(nodesOfPage - 1);
        } else {
            return false;
        }
        at = keys.length - 1;
        return true;
    }

    /** Loads the last node that begins at or below the key, or the first one of all. */
    private void loadNodeAround(byte[] key) throws IOException {
        int low = 0;
        int high = key == null ? 0 : pages - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (isAtOrBelow(middle, 0, key)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        openPage(low);
        low = 0;
        high = key == null ? 0 : nodesOfPage - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (isAtOrBelow(page, middle, key)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        load(low);
    }

    private boolean isAtOrBelow(int candidatePage, int candidateNode, byte[] key) throws IOException {
        DataInput2 in = input(candidatePage, candidateNode);
        in.unpackInt();
        return Arrays.compareUnsigned(SortedMapTable.COLUMN.deserialize(in, -1), key) <= 0;
    }

    private void openPage(int number) {
        page = number;
        nodesOfPage = volume.getInt(start(number));
    }

    /** Loads a node of the open page. */
    private void load(int number) throws IOException {
        node = number;
        DataInput2 in = input(page, number);
        int count = in.unpackInt();
        keys = new byte[count][];
        for (int i = 0; i < count; i++) {
            keys[i] = SortedMapTable.COLUMN.deserialize(in, -1);
        }
        DataInput2 of = input(page, nodesOfPage + number);
        values = new byte[count][];
        for (int i = 0; i < count; i++) {
            values[i] = SortedMapTable.COLUMN.deserialize(of, -1);
        }
    }

    private DataInput2 input(int ofPage, int index) {
        int offset = volume.getInt(start(ofPage) + 4 + 4L * index);
        return volume.getDataInput((long) ofPage * pageBytes + offset, 0);
    }

    private long start(int ofPage) {
        return ofPage == 0 ? HEADER_BYTES : (long) ofPage * pageBytes;
    }

    @Override
    public byte[] keyBytes() {
        return keys[at];
    }

    @Override
    public int keyLength() {
        return keys[at].length;
    }

    @Override
    public byte[] key() {
        return keys[at];
    }

    @Override
    public byte kind() {
        return values[at][0];
    }

    @Override
    public int bodyLength() {
        return values[at].length - 1;
    }

    @Override
    public void copyBody(byte[] into, int offset) {
        System.arraycopy(values[at], 1, into, offset, values[at].length - 1);
    }

    @Override
    public byte[] value() {
        return resolve.apply(values[at]);
    }
}
