package dev.henge.node;

import dev.henge.gossip.membership.KnownPeers;
import dev.henge.ring.placement.RingState;
import dev.henge.storage.lsm.BackupDirectory;
import dev.henge.storage.lsm.BackupFile;
import dev.henge.storage.lsm.CheckReport;
import dev.henge.storage.lsm.CorruptBackupException;
import dev.henge.storage.lsm.StoreCheck;
import dev.henge.storage.type.KeyRef;
import dev.henge.storage.type.RowsCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The check of a stopped node's directory, or of a backup: every fault as a line for the operator, and what was
 * looked at.
 */
public final class NodeCheck {

  private static final int KEY_CHARS_MAX = 80;
  /** Where disk keys stop to begin with a slot. */
  private static final int SLOTS = 0x4000;

  private final List<String> faults = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final boolean deep;
  private long faultCount;
  private long stores;
  private long tables;
  private long blocks;
  private long entries;
  private long values;
  private long records;
  private long bytes;
  private long heads;

  /** @param deep whether the rows' meaning is checked too */
  public NodeCheck(boolean deep) {
    this.deep = deep;
  }

  /** What can be checked in a directory. */
  public enum Kind { NODE, STORE, BACKUP, NOTHING }

  public static Kind kindOf(Path dir) throws IOException {
    if (BackupFile.isIn(dir)) {
      return Kind.BACKUP;
    }
    if (Files.exists(dir.resolve("identity")) || !storesIn(dir).isEmpty()) {
      return Kind.NODE;
    }
    return StoreCheck.isStore(dir) ? Kind.STORE : Kind.NOTHING;
  }

  private static List<Path> storesIn(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.filter(entry -> entry.getFileName().toString().matches("shard-\\d+")).sorted()
          .collect(Collectors.toList());
    }
  }

  /** @throws IllegalStateException if a store is open */
  public void check(Path dir) throws IOException {
    switch (kindOf(dir)) {
      case BACKUP -> backup(dir);
      case NODE -> node(dir);
      case STORE -> store(dir);
      default -> throw new IOException(dir + " has nothing of a node's in it");
    }
  }

  // ---------------------------------------------------------------- what there is

  private void node(Path dir) throws IOException {
    if (Files.exists(dir.resolve(NodeRestore.UNFINISHED))) {
      fault(dir + ": a restore into it was not finished");
    }
    smallFiles(dir);
    List<Path> found = storesIn(dir);
    if (found.isEmpty()) {
      notes.add(dir + " has no store: its node has never run, or the store is lost");
    }
    for (Path store : found) {
      store(store);
    }
  }

  private void smallFiles(Path dir) {
    small(dir.resolve("identity"), true, file -> NodeIdentityFile.look(file).id());
    small(dir.resolve("ring"), false, file -> RingState.decode(Files.readAllBytes(file)));
    small(dir.resolve("peers"), false, file -> {
      int damaged = KnownPeers.damagedLines(file);
      if (damaged > 0) {
        throw new IOException(damaged + " of its lines are damaged");
      }
      return null;
    });
  }

  private interface Reading {
    Object of(Path file) throws IOException;
  }

  private void small(Path file, boolean needed, Reading reading) {
    try {
      if (Files.exists(file)) {
        bytes += Files.size(file);
        reading.of(file);
      } else if (needed) {
        fault(file + ": it is not there");
      }
    } catch (IOException | RuntimeException e) {
      String message = String.valueOf(e.getMessage());
      fault(message.contains(file.toString()) ? message : file + ": " + message);
    }
  }

  private void store(Path dir) throws IOException {
    RowsCheck rows = deep ? new RowsCheck() : null;
    take(StoreCheck.ofStore(dir, rows), rows);
  }

  private void backup(Path dir) throws IOException {
    BackupDirectory backup;
    try {
      backup = BackupDirectory.open(dir);
      backup.faults(read -> { }).forEach(this::fault);
    } catch (CorruptBackupException e) {
      fault(e.getMessage());
      return;
    }
    if (backup.file().kind() == BackupFile.Kind.NODE) {
      smallFiles(dir);
      for (BackupFile.Entry entry : backup.file().files()) {
        if (entry.name().endsWith("/" + BackupFile.NAME)) {
          backup(dir.resolve(entry.name()).getParent());
        }
      }
      return;
    }
    RowsCheck rows = deep ? new RowsCheck() : null;
    take(StoreCheck.ofBackup(backup, rows), rows);
  }

  private void take(CheckReport report, RowsCheck rows) {
    report.faults().forEach(fault -> faults.add(line(fault)));
    faultCount += report.faultCount();
    notes.addAll(report.notes());
    stores++;
    tables += report.tables;
    blocks += report.blocks;
    entries += report.entries;
    values += report.values;
    records += report.records;
    bytes += report.bytes;
    if (rows != null) {
      heads += rows.heads();
      if (rows.orphans() > 0) {
        notes.add(rows.orphans() + " rows belong to no key any more and wait for a compaction");
      }
    }
  }

  private void fault(String line) {
    faultCount++;
    faults.add(line);
  }

  // ---------------------------------------------------------------- in words

  private static String line(CheckReport.Fault fault) {
    StringBuilder line = new StringBuilder(fault.file() == null ? "rows" : fault.file().toString());
    if (fault.offset() >= 0) {
      line.append(" at offset ").append(fault.offset());
    }
    line.append(": ").append(fault.what());
    if (fault.key() != null) {
      line.append("; key ").append(printable(fault.key()));
    }
    if (fault.after() != null && fault.before() != null) {
      line.append("; keys from ").append(printable(fault.after())).append(" to ").append(printable(fault.before()));
    }
    return line.toString();
  }

  /** A disk key for people: slot, database, key, and what follows it; or its bytes, if it is none. */
  static String printable(byte[] key) {
    try {
      int slot = (key[0] & 0xFF) << 8 | key[1] & 0xFF;
      if (slot < SLOTS) {
        KeyRef ref = KeyRef.ofDisk(key);
        boolean head = key.length == ref.diskLength();
        return "slot " + slot + " db " + ref.db() + " " + quoted(ref.key()) + (head ? "" : " (a row of it)");
      }
    } catch (RuntimeException e) {
      // some other store's
    }
    return quoted(key);
  }

  private static String quoted(byte[] bytes) {
    StringBuilder text = new StringBuilder("\"");
    for (byte b : bytes) {
      if (text.length() > KEY_CHARS_MAX) {
        return text.append("\"…").toString();
      }
      if (b >= ' ' && b < 0x7F && b != '"' && b != '\\') {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b));
      }
    }
    return text.append('"').toString();
  }

  public List<String> faults() {
    return faults;
  }

  public List<String> notes() {
    return notes;
  }

  public long faultCount() {
    return faultCount;
  }

  /** What was looked at, in one line. */
  public String summary() {
    return String.format(Locale.ROOT, "%d bytes: %d stores, %d tables with %d blocks, %d entries and %d large values, "
        + "%d records of the log%s", bytes, stores, tables, blocks, entries, values, records,
        deep ? ", rows of " + heads + " keys" : "");
  }
}
