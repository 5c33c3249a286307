package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tables of a store and the manifest that names them: where flushes push runs and compactions replace them.
 *
 * <p>Threads: {@link #current} and {@link #hold} from any, without waiting; the rest from the flushing and the
 * compacting
 * thread. A change is: build and sync the files, write the manifest, publish the new set, let go of the old one.
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

    /** Opens what the manifest names and deletes what it does not. */
    static TableStack open(Path directory, Disk disk) throws IOException {
        Manifest manifest = Manifest.read(directory, disk);
        Set<String> named = new HashSet<>();
        Map<Long, ValueFile> files = new HashMap<>();
        List<Run> runs = new ArrayList<>();
        for (Manifest.RunEntry run : manifest.runs()) {
            List<Table> tables = new ArrayList<>();
            for (Manifest.TableEntry table : run.tables()) {
                for (String name : table.kind().fileNames(table.number())) {
                    existing(directory, name);
                    named.add(name);
                }
                tables.add(table.kind().open(directory, disk, table.number(),
                    number -> files.computeIfAbsent(number, file -> openValues(directory, disk, file))));
            }
            runs.add(new Run(tables));
        }
        files.keySet().forEach(number -> named.add(ValueFile.nameOf(number)));
        deleteStrays(directory, disk, named);
        return new TableStack(directory, disk, new TableSet(runs, manifest.flushedPosition()), manifest.nextNumber());
    }

    private static ValueFile openValues(Path directory, Disk disk, long number) {
        try {
            existing(directory, ValueFile.nameOf(number));
            return ValueFile.open(directory, disk, number);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + ValueFile.nameOf(number), e);
        }
    }

    private static Path existing(Path directory, String name) {
        Path path = directory.resolve(name);
        if (!Files.exists(path)) {
            throw new CorruptTableException(path, "the manifest names it, but it is not there");
        }
        return path;
    }

    private static void deleteStrays(Path directory, Disk disk, Set<String> named) throws IOException {
        List<Path> strays;
        try (Stream<Path> files = Files.list(directory)) {
            strays = files.filter(file -> isOurs(file.getFileName().toString()))
                .filter(file -> !named.contains(file.getFileName().toString()))
                .collect(Collectors.toList());
        }
        for (Path stray : strays) {
            disk.delete(stray);
        }
    }

    private static boolean isOurs(String name) {
        return name.equals(Manifest.NEW_NAME) || name.matches("(table|values)-[0-9a-f]{16}\\.(htab|hidx|hblk|hval)");
    }

    synchronized long takeNumber() {
        return nextNumber++;
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
        publish(runs, memtable.endPosition(), List.of(), run);
        memtable.markFlushed();
        notifyAll();
    }

    /** Puts a merged run (null: nothing was left) in the place of neighbouring runs. */
    synchronized void replace(List<Run> merged, Run run) throws IOException {
        List<Run> runs = new ArrayList<>(current.runs);
        int at = runs.indexOf(merged.get(0));
        runs.subList(at, at + merged.size()).clear();
        if (run != null) {
            runs.add(at, run);
        }
        publish(runs, current.flushedPosition, merged, run);
    }

    private void publish(List<Run> runs, long flushedPosition, List<Run> gone, Run fresh) throws IOException {
        new Manifest(flushedPosition, nextNumber, runs.stream().map(Run::entry).toList()).write(directory, disk);
        TableSet old = current;
        current = new TableSet(runs, flushedPosition);
        notifyAll();
        if (fresh != null) {
            releaseEach(fresh); // its builder's hold; the set has its own
        }
        Set<ValueFile> live = valueFiles(runs);
        for (Run run : gone) {
            for (Table table : run.tables()) {
                table.retire();
                table.liveValueBytes().keySet().stream()
                    .filter(file -> !live.contains(file))
                    .forEach(ValueFile::retire);
            }
        }
        old.release();
    }

    private static void releaseEach(Run run) throws IOException {
        for (Table table : run.tables()) {
            table.release();
        }
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

    /** Waits until the number of runs is below the bound, or a time has passed. */
    synchronized void awaitRunsBelow(int bound, long timeoutMillis) throws InterruptedException {
        if (current.runs.size() >= bound) {
            wait(timeoutMillis);
        }
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
