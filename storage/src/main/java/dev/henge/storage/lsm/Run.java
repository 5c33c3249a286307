package dev.henge.storage.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One sorted sequence of entries, cut into tables of bounded size (offsets, filters, and the work of building one
 * all want a bound). What a flush or a compaction makes. Immutable, never empty.
 *
 * @param level 0 for what flushes make, of which there may be several; of each deeper level there is at most one
 */
record Run(int level, List<Table> tables) {

    Run {
        tables = List.copyOf(tables);
    }

    long bytes() {
        return tables.stream().mapToLong(Table::bytes).sum();
    }

    long entries() {
        return tables.stream().mapToLong(Table::entries).sum();
    }

    int keyBytesMax() {
        return tables.stream().mapToInt(Table::keyBytesMax).max().orElse(0);
    }

    int storedBytesMax() {
        return tables.stream().mapToInt(Table::storedBytesMax).max().orElse(0);
    }

    /** The tables whose key ranges meet this one, its ends included. */
    List<Table> overlapping(byte[] first, byte[] last) {
        return tables.stream().filter(table -> Arrays.compareUnsigned(table.lastKey(), first) >= 0
            && Arrays.compareUnsigned(table.firstKey(), last) <= 0).toList();
    }

    byte[] firstKey() {
        return tables.get(0).firstKey();
    }

    byte[] lastKey() {
        return tables.get(tables.size() - 1).lastKey();
    }

    /** The only table that can have the key. */
    Table tableFor(byte[] key, int keyLength) {
        if (tables.size() == 1) {
            return tables.get(0);
        }
        int low = 0;
        int high = tables.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            byte[] first = tables.get(middle).firstKey();
            if (Arrays.compareUnsigned(first, 0, first.length, key, 0, keyLength) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return tables.get(low);
    }

    RunCursor scan(byte[] from, byte[] to, boolean reverse, Damages damages) {
        List<Table> touched = new ArrayList<>();
        for (Table table : tables) {
            boolean below = from != null && Arrays.compareUnsigned(table.lastKey(), from) < 0;
            boolean above = to != null && Arrays.compareUnsigned(table.firstKey(), to) >= 0;
            if (!below && !above) {
                touched.add(reverse ? 0 : touched.size(), table);
            }
        }
        return new RunCursor(touched, from, to, reverse, damages);
    }

    /** A walk over the run's tables, one after the other. */
    static final class RunCursor implements EntryCursor {
        private final List<Table> tables;
        private final byte[] from;
        private final byte[] to;
        private final boolean reverse;
        private final Damages damages;
        private int at = -1;
        private Table.StoredCursor cursor;

        RunCursor(List<Table> tables, byte[] from, byte[] to, boolean reverse, Damages damages) {
            this.damages = damages;
            this.tables = tables;
            this.from = from;
            this.to = to;
            this.reverse = reverse;
        }

        @Override
        public boolean next() {
            byte[] passed = null;
            while (true) {
                try {
                    if (cursor != null && cursor.next()) {
                        return true;
                    }
                    if (at + 1 >= tables.size()) {
                        return false;
                    }
                    cursor = null;
                    cursor = tables.get(++at).scan(from, to, reverse);
                    passed = null;
                } catch (CorruptTableException | InternalError e) {
                    Damage damage = damages.pass(tables.get(at), null, e);
                    byte[] on = reverse ? damage.fromKey() : damage.toKey();
                    cursor = around(on, passed);
                    passed = on;
                }
            }
        }

        /** A walk through the rest of the present table, behind an excised part; null if there is none. */
        private Table.StoredCursor around(byte[] on, byte[] passed) {
            Table table = tables.get(at);
            boolean further = on != null && (passed == null
                || (reverse ? Arrays.compareUnsigned(on, passed) < 0 : Arrays.compareUnsigned(on, passed) > 0));
            byte[] bound = reverse ? from : to;
            boolean within = further && (reverse
                ? Arrays.compareUnsigned(on, table.firstKey()) > 0 && (bound == null || Arrays.compareUnsigned(on, bound) > 0)
                : Arrays.compareUnsigned(on, table.lastKey()) <= 0 && (bound == null || Arrays.compareUnsigned(on, bound) < 0));
            return !within ? null : table.scan(reverse ? from : on, reverse ? on : to, reverse);
        }

        @Override
        public byte[] key() {
            return cursor.key();
        }

        /** Orders the key it stands on against another cursor's. */
        int compareKey(RunCursor other) {
            return Arrays.compareUnsigned(cursor.keyBytes(), 0, cursor.keyLength(),
                other.cursor.keyBytes(), 0, other.cursor.keyLength());
        }

        /** The entry as its table has it. */
        Table.StoredCursor entry() {
            return cursor;
        }

        @Override
        public boolean isTombstone() {
            return cursor.kind() == StoredValue.TOMBSTONE_KIND;
        }

        @Override
        public boolean isOperand() {
            return StoredValue.isOperand(cursor.kind());
        }

        @Override
        public byte[] value() {
            try {
                return cursor.value();
            } catch (CorruptTableException | InternalError e) {
                Damage damage = damages.pass(tables.get(at), cursor.key(), e);
                throw new CorruptTableException(damage.file(), damage.offset(), damage.fromKey(), damage.toKey(),
                    "the value cannot be read");
            }
        }
    }
}
