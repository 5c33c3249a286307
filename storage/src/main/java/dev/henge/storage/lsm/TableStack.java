package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * The tables of a store and the manifest that names them: where flushes push runs and compactions replace them.
 *
 * <p>Threads: {@link #current} and {@link #hold} from any, without waiting; the rest from the flushing and the
 * compacting thread. A change is: build and sync the files, write the manifest, publish the new set, let go of the
 * old one.
 */
final class TableStack {

    private final Path directory;
    private final Disk disk;
    private volatile TableSet current;
    private volatile boolean closed;
    private long nextNumber;

    private TableStack(Path directory, Disk disk, TableSet current, long nextNumber) {
        this.directory = directory;
        this.disk = disk;
        this.current = current;
        this.nextNumber = nextNumber;
    }

    /**
     * Opens what the manifest names and deletes what it does not.
     *
     * @throws CorruptTableException if the manifest is damaged, a file is missing or another than it should be, or the
     *     beginning of a value file is damaged
     */
    static TableStack open(Path directory, Disk disk) throws IOException {
        Manifest manifest = Manifest.read(directory, disk);
        Set<String> named = new HashSet<>();
        Map<Long, ValueFile> files = new HashMap<>();
        List<Run> runs = new ArrayList<>();
        for (Manifest.NamedRun run : manifest.runs()) {
            for (Manifest.NamedTable table : run.tables()) {
                for (String name : table.kind().fileNames(table.number())) {
                    existing(directory, disk, name);
                    named.add(name);
                }
            }
            runs.add(open(directory, disk, run,
                number -> files.computeIfAbsent(number, file -> openValues(directory, disk, file))));
        }
        files.keySet().forEach(number -> named.add(ValueFile.nameOf(number)));
        deleteStrays(directory, disk, named, !lost(runs).isEmpty());
        return new TableStack(directory, disk, new TableSet(runs, manifest.flushedPosition()), manifest.nextNumber());
    }

    /** Opens the tables of a run; those that are damaged so that they cannot be opened stand in it as lost. */
    private static Run open(Path directory, Disk disk, Manifest.NamedRun run, LongFunction<ValueFile> files)
            throws IOException {
        Table[] tables = new Table[run.tables().size()];
        CorruptTableException[] causes = new CorruptTableException[tables.length];
        for (int i = 0; i < tables.length; i++) {
            Manifest.NamedTable table = run.tables().get(i);
            try {
                tables[i] = table.kind().open(directory, disk, table.number(), files);
            } catch (CorruptTableException e) {
                String file = e.file().getFileName().toString();
                if (e.isForeign() || !table.kind().fileNames(table.number()).contains(file)) {
                    throw e;
                }
                causes[i] = e;
            }
        }
        List<Table> all = new ArrayList<>();
        for (int i = 0; i < tables.length; i++) {
            Manifest.NamedTable table = run.tables().get(i);
            all.add(causes[i] == null ? tables[i] : new LostTable(directory, disk, table.kind(), table.number(),
                causes[i], opened(tables, i, -1), opened(tables, i, 1)));
        }
        return new Run(run.level(), all);
    }

    /** The next table in one direction that could be opened, or null. */
    private static Table opened(Table[] tables, int from, int step) {
        for (int i = from + step; i >= 0 && i < tables.length; i += step) {
            if (tables[i] != null) {
                return tables[i];
            }
        }
        return null;
    }

    private static List<LostTable> lost(List<Run> runs) {
        return runs.stream().flatMap(run -> run.tables().stream())
            .filter(LostTable.class::isInstance).map(LostTable.class::cast).toList();
    }

    /** The tables that could not be opened. */
    List<LostTable> lost() {
        return lost(current.runs);
    }

    private static ValueFile openValues(Path directory, Disk disk, long number) {
        try {
            existing(directory, disk, ValueFile.nameOf(number));
            return ValueFile.open(directory, disk, number);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + ValueFile.nameOf(number), e);
        }
    }

    private static Path existing(Path directory, Disk disk, String name) {
        Path path = directory.resolve(name);
        if (!disk.exists(path)) {
            throw new CorruptTableException(path, "the manifest names it, but it is not there");
        }
        return path;
    }

    /** @param keepValues whether a table is lost, of which it is not known which value files it points into */
    private static void deleteStrays(Path directory, Disk disk, Set<String> named, boolean keepValues)
            throws IOException {
        for (Path file : disk.list(directory)) {
            String name = file.getFileName().toString();
            if (isOurs(name) && !named.contains(name) && !(keepValues && name.startsWith("values-"))) {
                disk.delete(file);
            }
        }
    }

    private static boolean isOurs(String name) {
        return name.equals(Manifest.NEW_NAME) || name.matches("(table|values)-[0-9a-f]{16}\\.(htab|hidx|hblk|hval)");
    }

    synchronized long takeNumber() {
        return nextNumber++;
    }

    /** A number above those of all tables that there are. */
    synchronized long nextNumber() {
        return nextNumber;
    }

    TableSet current() {
        return current;
    }

    /** The current set, held for the caller. */
    TableSet hold() {
        while (true) {
            TableSet set = current;
            if (set.tryHold()) {
                return set;
            }
            if (closed) {
                throw new IllegalStateException("the store in " + directory + " is closed");
            }
        }
    }

    /** Pushes a memtable's run (null: nothing to keep) on top, and marks the memtable as flushed. */
    synchronized void push(Run run, Memtable memtable) throws IOException {
        List<Run> runs = new ArrayList<>(current.runs);
        if (run != null) {
            runs.add(0, run);
        }
        publish(runs, memtable.endPosition(), memtable.order(), List.of(), run == null ? List.of() : run.tables());
        memtable.markFlushed();
        notifyAll();
    }

    /**
     * Puts tables onto a level in the place of others of any levels. A table in both lists only moves. On level 0 they
     * come into the run that the first of the others leaves.
     */
    synchronized void replace(List<Table> gone, List<Table> fresh, int level) throws IOException {
        Set<Table> leaving = new HashSet<>(gone);
        List<Run> runs = new ArrayList<>();
        boolean placed = fresh.isEmpty();
        for (Run run : current.runs) {
            boolean here = !placed && (level == 0 ? run.tables().contains(gone.get(0)) : run.level() == level);
            if (!placed && level > 0 && run.level() > level) {
                runs.add(new Run(level, inOrder(fresh)));
                placed = true;
            }
            List<Table> tables = run.tables().stream().filter(table -> !leaving.contains(table))
                .collect(Collectors.toCollection(ArrayList::new));
            if (here) {
                tables.addAll(fresh);
                placed = true;
            }
            if (!tables.isEmpty()) {
                runs.add(new Run(run.level(), inOrder(tables)));
            }
        }
        if (!placed) {
            runs.add(new Run(level, inOrder(fresh)));
        }
        Set<Table> moved = new HashSet<>(fresh);
        moved.retainAll(leaving);
        publish(runs, current.flushedPosition, current.flushedMemtables,
            gone.stream().filter(table -> !moved.contains(table)).toList(),
            fresh.stream().filter(table -> !moved.contains(table)).toList());
    }

    private static List<Table> inOrder(List<Table> tables) {
        return tables.stream().sorted((x, y) -> Arrays.compareUnsigned(x.firstKey(), y.firstKey())).toList();
    }

    private void publish(List<Run> runs, long flushedPosition, long flushedMemtables, List<Table> gone,
            List<Table> fresh) throws IOException {
        Manifest manifest = manifestOf(runs, flushedPosition);
        try {
            manifest.prepare(directory, disk);
        } catch (IOException e) {
            abandon(fresh);
            throw e;
        }
        Manifest.change(directory, disk);
        TableSet old = current;
        current = new TableSet(runs, flushedPosition, flushedMemtables);
        notifyAll();
        for (Table table : fresh) {
            table.release(); // its builder's hold; the set has its own
        }
        Set<ValueFile> live = valueFiles(runs);
        for (Table table : gone) {
            table.retire();
            table.liveValueBytes().keySet().stream()
                .filter(file -> !live.contains(file))
                .forEach(ValueFile::retire);
        }
        old.release();
    }

    /** Deletes built tables that could not be published, and the value files that only they point into. */
    private void abandon(List<Table> fresh) throws IOException {
        Set<ValueFile> live = valueFiles(current.runs);
        for (Table table : fresh) {
            table.liveValueBytes().keySet().stream().filter(file -> !live.contains(file)).forEach(ValueFile::retire);
            table.retire();
            table.release();
        }
    }

    static Manifest.NamedRun named(Run run) {
        return new Manifest.NamedRun(run.level(), run.tables().stream()
            .map(table -> new Manifest.NamedTable(table.kind(), table.number())).toList());
    }

    private Manifest manifestOf(List<Run> runs, long flushedPosition) {
        return new Manifest(flushedPosition, nextNumber, runs.stream().map(TableStack::named).toList());
    }

    /** The manifest of a store that consists of this set alone. */
    synchronized Manifest manifestOf(TableSet set) {
        return manifestOf(set.runs, set.flushedPosition);
    }

    static Set<ValueFile> valueFiles(List<Run> runs) {
        Set<ValueFile> files = new HashSet<>();
        for (Run run : runs) {
            for (Table table : run.tables()) {
                files.addAll(table.liveValueBytes().keySet());
            }
        }
        return files;
    }

    /** Waits until the memtable is flushed, or a time has passed. */
    synchronized void awaitFlushed(Memtable memtable, long timeoutMillis) throws InterruptedException {
        if (!memtable.isFlushed()) {
            wait(timeoutMillis);
        }
    }

    synchronized void close() throws IOException {
        closed = true;
        current.release();
    }
}
