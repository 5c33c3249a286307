package dev.henge.storage.lsm.bench;

import java.nio.file.Path;

/** What {@link EngineBench} tells the processes that measure, as system properties. */
record BenchSettings(Path dir, int entries, int operations) {

    static final String DIR = "henge.bench.dir";
    static final String ENTRIES = "henge.bench.entries";
    static final String OPERATIONS = "henge.bench.operations";

    static BenchSettings given() {
        return new BenchSettings(Path.of(System.getProperty(DIR)), Integer.getInteger(ENTRIES),
            Integer.getInteger(OPERATIONS));
    }

    /** Where the loaded, settled store of an engine is, that many benchmarks read. */
    Path loaded(String engine, int valueBytes) {
        return dir.resolve("loaded-" + engine + "-" + valueBytes + "-" + entries);
    }

    /** Where a benchmark writes. */
    Path scratch(String engine) {
        return dir.resolve("scratch-" + engine);
    }
}
