package dev.henge.storage.lsm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a check of a store has found, and how much it has looked at. */
public final class CheckReport {

    /** Faults kept to be told; the rest are only counted. */
    public static final int FAULTS_MAX = 1_000;

    /**
     * Something wrong.
     *
     * @param offset in the file; -1: all of it
     * @param after  the last sound key before the damage, or null where that is not known
     * @param before the first sound key behind it, or null
     * @param key    the one key that it is about, or null
     */
    public record Fault(Path file, long offset, String what, byte[] after, byte[] before, byte[] key) {
        static Fault of(Path file, long offset, String what) {
            return new Fault(file, offset, what, null, null, null);
        }
    }

    private final List<Fault> faults = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private long faultCount;
    public long tables;
    public long blocks;
    public long entries;
    public long values;
    public long segments;
    public long records;
    public long bytes;

    public void add(Fault fault) {
        faultCount++;
        if (faults.size() < FAULTS_MAX) {
            faults.add(fault);
        }
    }

    void note(String note) {
        notes.add(note);
    }

    public List<Fault> faults() {
        return Collections.unmodifiableList(faults);
    }

    public long faultCount() {
        return faultCount;
    }

    /** What is worth knowing and no damage. */
    public List<String> notes() {
        return Collections.unmodifiableList(notes);
    }
}
