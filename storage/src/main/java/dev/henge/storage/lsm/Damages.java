package dev.henge.storage.lsm;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The damaged parts of a store's tables and value files, and what may be done in spite of them.
 *
 * <ol>
 * <li><b>Met</b>: whoever reads the part gets a {@link CorruptTableException}; the owner finds it in {@link #open}. Its
 *     table is left alone by compaction, which could only lose what the part held.
 * <li><b>Excised</b>: the owner knows that nothing under the part counts any more. Reads pass it by, as if it had no
 *     entries. Not remembered: after a restart the part is met anew.
 * <li><b>Repaired</b> at a position: what the part may have held has been put again. Once that is flushed, compaction
 *     rewrites the table without the part.
 * </ol>
 *
 * <p>A value that cannot be read is a damaged part with one key. It does not keep its table from being compacted: its
 * pointer is copied. Any thread.
 */
final class Damages {

    /** Beyond this many parts only the exceptions tell. */
    static final int KNOWN_MAX = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(Damages.class);
    private static final long OF_A_VALUE = -1;
    private static final long NOT_REPAIRED = Long.MAX_VALUE;

    private final LongSupplier wallMillis;
    private final Map<Damage, Entry> entries = new LinkedHashMap<>();
    private volatile List<Damage> open = List.of();
    private volatile long met;

    private static final class Entry {
        final Damage damage;
        final long table;
        boolean excised;
        long repairedAt = NOT_REPAIRED;

        Entry(Damage damage, long table) {
            this.damage = damage;
            this.table = table;
        }
    }

    Damages(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    /**
     * A reader of the table met damage. Returns the part if it is excised, so that the reader goes on behind it.
     *
     * @param key the key whose value was looked for, or null
     * @throws CorruptTableException with the keys that the part may have, if it is not
     */
    Damage pass(Table table, byte[] key, Throwable cause) {
        CorruptTableException e = complete(table, key, cause);
        Damage damage = Damage.of(e, wallMillis.getAsLong());
        synchronized (this) {
            Entry entry = entries.get(damage);
            if (entry == null && entries.size() < KNOWN_MAX) {
                entry = new Entry(damage, isValue(e.file()) ? OF_A_VALUE : table.number());
                entries.put(damage, entry);
                met++;
                LOG.error("cannot read {}: {}", damage, e.getMessage());
                publish();
            }
            if (entry != null && entry.excised) {
                return entry.damage;
            }
        }
        throw e;
    }

    /** A table could not be opened: known at once, so that nobody takes its keys for absent. */
    void lost(LostTable table) {
        try {
            pass(table, null, table.damage());
        } catch (CorruptTableException e) {
            LOG.error("{} was left out at the opening", table.files().get(0));
        }
    }

    private static CorruptTableException complete(Table table, byte[] key, Throwable cause) {
        if (cause instanceof CorruptTableException e && e.fromKey() != null) {
            return e;
        }
        Path file = table.files().get(0);
        long offset = 0;
        byte[] from = table.firstKey();
        byte[] last = table.lastKey();
        if (cause instanceof CorruptTableException e) {
            file = e.file();
            offset = e.offset();
            if (isValue(file) && key != null) {
                from = key.clone();
                last = key;
            }
        }
        return new CorruptTableException(file, offset, from, Arrays.copyOf(last, last.length + 1), cause.getMessage());
    }

    private static boolean isValue(Path file) {
        return file.getFileName().toString().startsWith("values-");
    }

    private void publish() {
        open = entries.values().stream().filter(entry -> entry.repairedAt == NOT_REPAIRED)
            .map(entry -> entry.damage).collect(Collectors.toUnmodifiableList());
    }

    /** What is not repaired. */
    List<Damage> open() {
        return open;
    }

    /** How many parts were met since the store was opened. */
    long met() {
        return met;
    }

    synchronized void excise(Damage damage) {
        Entry entry = entries.get(damage);
        if (entry != null) {
            entry.excised = true;
        }
    }

    /** All that is flushed up to the position makes the part superfluous. Returns whether it was known. */
    synchronized boolean repaired(Damage damage, long position) {
        Entry entry = entries.get(damage);
        if (entry == null) {
            return false;
        }
        entry.excised = true;
        entry.repairedAt = position;
        publish();
        return true;
    }

    /** Whether compaction may read the table: it has no damage, or is without it from this flushed position on. */
    synchronized boolean fit(Table table, long flushedPosition) {
        return entries.values().stream()
            .noneMatch(entry -> entry.table == table.number() && entry.repairedAt > flushedPosition);
    }

    /** Tables that can be rewritten without their damaged parts. */
    synchronized Set<Long> mendable(long flushedPosition) {
        Set<Long> tables = new HashSet<>();
        entries.values().stream().filter(entry -> entry.repairedAt <= flushedPosition && entry.table != OF_A_VALUE)
            .forEach(entry -> tables.add(entry.table));
        entries.values().stream().filter(entry -> entry.repairedAt > flushedPosition)
            .forEach(entry -> tables.remove(entry.table));
        return tables;
    }

    /** Forgets the damage of files that the store has no more. */
    synchronized void retain(TableSet set) {
        if (entries.isEmpty()) {
            return;
        }
        Set<Long> tables = new HashSet<>();
        set.runs.forEach(run -> run.tables().forEach(table -> tables.add(table.number())));
        Set<Path> values = TableStack.valueFiles(set.runs).stream().map(file -> file.path).collect(Collectors.toSet());
        if (entries.values().removeIf(entry -> entry.table == OF_A_VALUE
                ? !values.contains(entry.damage.file()) : !tables.contains(entry.table))) {
            publish();
        }
    }
}
