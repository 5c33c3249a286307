package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A look at every byte of a stopped store, or of a store's backup, that something depends on. It changes nothing, goes
 * on behind damage, and needs none of it to be sound.
 *
 * <ul>
 * <li>The manifest, and that every file that it names is there. Without a sound one every table that lies there is
 *     checked.
 * <li>Every block of every table against its checksum; of the entries in sound blocks, that keys ascend within a table
 *     and a run, that the filter knows every key, that every value in a value file is what its table says, and that
 *     the table's own counts are right.
 * <li>Every record of the log, the joints of its segments, and that it reaches as far as it is known to.
 * <li>If wanted, what the rows mean: see {@link Rows}.
 * </ul>
 */
public final class StoreCheck {

    /** Who knows what rows mean: gets each key's newest value, as of the flushed position, in ascending order. */
    public interface Rows {
        void row(byte[] key, byte[] value, CheckReport report);

        /** The store's merge operator, or null if it has none. */
        default MergeOperator mergeOperator() {
            return null;
        }

        /** All rows were shown. */
        void end(CheckReport report);
    }

    private final Path directory;
    private final ValueCheck.Place place;
    private final Rows rows;
    private final Disk disk = new ReadOnlyDisk();
    private final CheckReport report = new CheckReport();
    private final ValueCheck values;

    private StoreCheck(Path directory, ValueCheck.Place place, Rows rows) {
        this.directory = directory;
        this.place = place;
        this.rows = rows;
        this.values = new ValueCheck(place, disk, report);
    }

    /** Whether a store's files lie in the directory. */
    public static boolean isStore(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.getFileName().toString().equals(Manifest.NAME)
                || file.getFileName().toString().matches("log-[0-9a-f]{16}\\.hlog|table-[0-9a-f]{16}\\..*"));
        }
    }

    /**
     * Checks a store; it keeps others out meanwhile.
     *
     * @param rows null: not
     * @throws IllegalStateException if it is open
     */
    public static CheckReport ofStore(Path directory, Rows rows) throws IOException {
        try (DirectoryLock lock = DirectoryLock.take(directory)) {
            return new StoreCheck(directory, directory::resolve, rows).check(true);
        }
    }

    /** Checks what a store's backup holds; whether its files are those that were written is a check before this one. */
    public static CheckReport ofBackup(BackupDirectory backup, Rows rows) throws IOException {
        return new StoreCheck(backup.path(), name -> {
            BackupFile.Entry entry = backup.file().file(name).orElse(null);
            try {
                return entry == null ? backup.path().resolve(name) : backup.pathOf(entry);
            } catch (IOException | CorruptBackupException e) {
                return backup.path().resolve(name);
            }
        }, rows).check(false);
    }

    private CheckReport check(boolean withLog) throws IOException {
        try (values) {
            Manifest manifest = manifest();
            List<Manifest.NamedRun> runs = manifest != null ? manifest.runs() : whatLiesThere();
            for (Manifest.NamedRun run : runs) {
                byte[] last = null;
                for (Manifest.NamedTable table : run.tables()) {
                    last = checkTable(table, manifest == null ? null : last);
                }
            }
            if (withLog) {
                new LogCheck(directory, disk, manifest == null ? 0 : manifest.flushedPosition(), report).check();
            }
            if (manifest != null) {
                noteStrays(runs);
                checkRows(runs);
            }
            return report;
        }
    }

    private Manifest manifest() throws IOException {
        Path path = directory.resolve(Manifest.NAME);
        try {
            if (disk.exists(path)) {
                report.bytes += Files.size(path);
                return Manifest.read(directory, disk);
            }
            if (whatLiesThere().isEmpty()) {
                return Manifest.read(directory, disk);
            }
            report.add(CheckReport.Fault.of(path, -1, "it is not there, but tables are"));
        } catch (CorruptTableException e) {
            report.add(CheckReport.Fault.of(path, 0, whatOf(e)));
        } catch (RuntimeException e) {
            report.add(CheckReport.Fault.of(path, 0, "it cannot be parsed: " + e));
        }
        return null;
    }

    /** The message without the file, which a fault names by itself. */
    private static String whatOf(CorruptTableException e) {
        String message = e.getMessage();
        return message.substring(message.indexOf(": ") + 2);
    }

    /** Each table by itself, for want of a manifest. */
    private List<Manifest.NamedRun> whatLiesThere() throws IOException {
        Set<String> names = new HashSet<>();
        disk.list(directory).forEach(file -> names.add(file.getFileName().toString()));
        TreeMap<Long, Manifest.NamedRun> found = new TreeMap<>();
        for (String name : names) {
            if (name.matches("table-[0-9a-f]{16}\\..*")) {
                long number = Long.parseUnsignedLong(name.substring(6, 22), 16);
                for (TableKind kind : TableKind.values()) {
                    if (names.containsAll(kind.fileNames(number))) {
                        found.put(number, new Manifest.NamedRun(0, List.of(new Manifest.NamedTable(kind, number))));
                    }
                }
            }
        }
        return List.copyOf(found.values());
    }

    private void noteStrays(List<Manifest.NamedRun> runs) throws IOException {
        Set<String> named = new HashSet<>();
        runs.forEach(run -> run.tables().forEach(table -> named.add(String.format("table-%016x", table.number()))));
        long strays = disk.list(directory).stream().map(file -> file.getFileName().toString())
            .filter(name -> name.matches("table-[0-9a-f]{16}\\..*") && !named.contains(name.substring(0, 22))).count();
        if (strays > 0) {
            report.note(strays + " files in " + directory + " are of tables that the manifest does not name; the next "
                + "start deletes them");
        }
    }

    // ---- a table

    /** A table's blocks; null if that much of it is missing or damaged that there are none to be had. */
    private TableBlocks open(Manifest.NamedTable table) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : table.kind().fileNames(table.number())) {
            Path path = place.of(name);
            if (!disk.exists(path)) {
                report.add(CheckReport.Fault.of(path, -1, "the manifest names it, but it is not there"));
                return null;
            }
            files.add(path);
        }
        Path knowing = files.get(files.size() - 1); // the one that says what is in the table
        try {
            if (table.kind() == TableKind.BLOCK) {
                return new FencedBlocks(BlockFile.open(knowing, disk, table.number()));
            }
            report.bytes += Files.size(knowing);
            return new SortedMapBlocks(files.get(0), knowing, table.number(), disk);
        } catch (CorruptTableException e) {
            report.add(CheckReport.Fault.of(knowing, e.offset(), whatOf(e) + "; without that nothing of table "
                + table.number() + " can be read"));
        } catch (IOException | RuntimeException e) {
            report.add(CheckReport.Fault.of(knowing, -1, "it cannot be read: " + e));
        }
        return null;
    }

    /** Checks a table; returns its last key, or the given one if it has none. */
    private byte[] checkTable(Manifest.NamedTable named, byte[] lastBefore) throws IOException {
        report.tables++;
        try (TableBlocks blocks = open(named)) {
            return blocks == null ? lastBefore : new TableWalkThrough(blocks, lastBefore).check();
        }
    }

    /** The check of one table's blocks. */
    private final class TableWalkThrough {
        private final TableBlocks blocks;
        private final TableBlocks.Summary summary;
        private final List<TableBlocks.Block> bad = new ArrayList<>();
        private final Map<Long, Long> liveValueBytes = new TreeMap<>();
        private byte[] first;
        private byte[] last;
        private long entries;
        private long tombstones;
        private boolean damaged;

        TableWalkThrough(TableBlocks blocks, byte[] lastBefore) {
            this.blocks = blocks;
            this.summary = blocks.summary();
            this.last = lastBefore;
        }

        byte[] check() throws IOException {
            Path file = null;
            for (TableBlocks.Block block = blocks.next(); block != null; block = blocks.next()) {
                file = block.file();
                report.blocks++;
                report.bytes += block.bytes();
                if (block.fault() != null) {
                    damaged = true;
                    bad.add(block);
                    continue;
                }
                tellBad(block.entries().isEmpty() ? null : block.entries().get(0).key());
                for (TableBlocks.Entry entry : block.entries()) {
                    checkEntry(block, entry);
                }
            }
            tellBad(null);
            if (!damaged) {
                checkSummary(file);
            }
            return last;
        }

        private void tellBad(byte[] before) {
            for (TableBlocks.Block block : bad) {
                report.add(new CheckReport.Fault(block.file(), block.offset(), block.fault(),
                    entries == 0 ? summary.firstKey() : last, before == null ? summary.lastKey() : before, null));
            }
            bad.clear();
        }

        private void fault(TableBlocks.Block block, byte[] key, String what) {
            report.add(new CheckReport.Fault(block.file(), block.offset(), what, null, null, key));
        }

        private void checkEntry(TableBlocks.Block block, TableBlocks.Entry entry) throws IOException {
            byte[] key = entry.key();
            report.entries++;
            entries++;
            if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
                fault(block, key, "keys do not ascend");
            }
            if (!blocks.mayContain(KeyHash.of(key, 0, key.length))) {
                fault(block, key, "the Bloom filter denies a key of the table");
            }
            first = first == null ? key : first;
            last = key;
            byte[] stored = entry.stored();
            if (stored.length == 0 || StoredValue.isTombstone(stored) && stored.length != 1) {
                fault(block, key, "its value has no form that is known");
            } else if (StoredValue.isTombstone(stored)) {
                tombstones++;
            } else if (StoredValue.isPointer(stored)) {
                StoredValue.Pointer pointer = StoredValue.pointer(stored);
                liveValueBytes.merge(pointer.file(), ValueFile.footprint(pointer.length()), Long::sum);
                values.value(pointer, key);
            }
        }

        private void checkSummary(Path file) {
            List<String> wrong = new ArrayList<>();
            if (entries != summary.entries()) {
                wrong.add("it has " + entries + " entries and says " + summary.entries());
            }
            if (tombstones != summary.tombstones()) {
                wrong.add("it has " + tombstones + " tombstones and says " + summary.tombstones());
            }
            if (!Arrays.equals(first, summary.firstKey()) || !Arrays.equals(last, summary.lastKey())) {
                wrong.add("its first and last key are not those that it says");
            }
            if (!liveValueBytes.equals(summary.liveValueBytes())) {
                wrong.add("it points at " + liveValueBytes + " bytes of value files and says "
                    + summary.liveValueBytes());
            }
            wrong.forEach(what -> report.add(CheckReport.Fault.of(file, -1, what)));
        }
    }

    // ---- the rows

    /** Shows the rows, if no table is damaged: what is missing would only be told a second time. */
    private void checkRows(List<Manifest.NamedRun> runs) throws IOException {
        if (rows == null) {
            return;
        }
        if (report.faultCount() > 0) {
            report.note("what the rows mean was not checked, since there is damage");
            return;
        }
        CheckReport counted = new CheckReport(); // the tables are counted already
        List<EntryCursor> sources = new ArrayList<>();
        ValueCheck again = new ValueCheck(place, disk, counted);
        try (again) {
            for (Manifest.NamedRun run : runs) {
                sources.add(new BlocksCursor(run, table -> open(table), again));
            }
            try (MergeCursor cursor = new MergeCursor(sources, false, rows.mergeOperator(), () -> { })) {
                while (cursor.next()) {
                    rows.row(cursor.key(), cursor.value(), report);
                }
            }
            rows.end(report);
        }
    }
}
