package dev.henge.node;

import dev.henge.ring.placement.RingState;
import dev.henge.storage.lsm.BackupDirectory;
import dev.henge.storage.lsm.BackupFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;

/**
 * How a node's directory is made of a backup of it. The node keeps its id, its ring and its peers and gets a new
 * actor; what was written after the backup it pulls from the other owners, if they have it.
 */
public final class NodeRestore {

  /** Stands in a directory while a node is being restored into it; a node does not start there. */
  static final String UNFINISHED = "restore-unfinished";

  private final BackupDirectory backup;
  private final Map<String, BackupDirectory> stores = new java.util.TreeMap<>();

  private NodeRestore(BackupDirectory backup) {
    this.backup = backup;
  }

  /**
   * Opens the backup of one node.
   *
   * @throws dev.henge.storage.lsm.CorruptBackupException if it is not a whole backup
   * @throws IOException if it is one of something else than a node
   */
  public static NodeRestore open(Path directory) throws IOException {
    NodeRestore restore = new NodeRestore(BackupDirectory.open(directory));
    if (restore.backup.file().kind() != BackupFile.Kind.NODE) {
      throw new IOException(directory + " is the backup of one store; restore the node's, one directory up");
    }
    for (BackupFile.Entry entry : restore.backup.file().files()) {
      if (entry.name().endsWith("/" + BackupFile.NAME)) {
        String store = entry.name().substring(0, entry.name().indexOf('/'));
        restore.stores.put(store, BackupDirectory.open(restore.backup.path().resolve(store)));
      }
    }
    return restore;
  }

  public Path path() {
    return backup.path();
  }

  public String nodeId() {
    return backup.file().of();
  }

  public long madeMillis() {
    return backup.file().madeMillis();
  }

  /** The backups of the node's stores, by the stores' directories. */
  public Map<String, BackupDirectory> stores() {
    return stores;
  }

  /** The bytes of the stores. */
  public long bytes() {
    return stores.values().stream().flatMap(store -> store.file().files().stream()).mapToLong(BackupFile.Entry::bytes).sum();
  }

  /** What is wrong with the backup's files; empty if all are what they were. */
  public List<String> faults(LongConsumer read) throws IOException {
    List<String> faults = new ArrayList<>(backup.faults(bytes -> { }));
    for (BackupDirectory store : stores.values()) {
      faults.addAll(store.faults(read));
    }
    return faults;
  }

  /** The ring as the node knew it, if it had formed. */
  public Optional<RingState> ring() throws IOException {
    Path file = backup.path().resolve("ring");
    return Files.exists(file) ? Optional.of(RingState.decode(Files.readAllBytes(file))) : Optional.empty();
  }

  /**
   * Makes the node's directory; it must be empty or absent.
   *
   * @param link hard links where the file system allows
   * @param newRing the name that the ring shall have, so that the restored nodes and those of the old ring, should
   * they run, want nothing of each other; null: as it was
   */
  public void into(Path dir, boolean link, String newRing, long nowSeconds, LongConsumer done) throws IOException {
    DurableFiles.createDirectories(dir);
    Path unfinished = dir.resolve(UNFINISHED);
    DurableFiles.write(unfinished, new byte[0]);
    for (Map.Entry<String, BackupDirectory> store : stores.entrySet()) {
      store.getValue().restoreInto(dir.resolve(store.getKey()), link, done);
    }
    for (String name : NodeBackup.SMALL_FILES) {
      Path from = backup.path().resolve(name);
      boolean wanted = Files.exists(from) && !name.equals("identity") && (newRing == null || name.equals("ring"));
      if (wanted) {
        byte[] bytes = Files.readAllBytes(from);
        DurableFiles.write(dir.resolve(name), newRing == null ? bytes : RingState.decode(bytes).withCluster(newRing).encode());
      }
    }
    identity(Files.readAllBytes(backup.path().resolve("identity")), NodeFiles.in(dir), new SecureRandom(), nowSeconds);
    Files.delete(unfinished);
    DurableFiles.syncDirectory(dir);
  }

  /** Makes the restored node's identity of the backed-up one: the same node, with a new actor. */
  public static void identity(byte[] backedUp, NodeFiles into, RandomGenerator random, long nowSeconds) throws IOException {
    NodeIdentityFile.restore(backedUp, into, random, nowSeconds);
  }
}
