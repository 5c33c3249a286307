package dev.henge.node;

import dev.henge.resp.session.Backups;
import dev.henge.storage.lsm.BackupFile;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.lsm.StoreBackup;
import dev.henge.storage.lsm.StoreFailedException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backups of a running node, one at a time: its small files and its stores, each store as it was at one moment.
 *
 * <p>Only the freezing of the memtables is done on the loop; a thread of its own waits for the flushes and writes.
 */
final class NodeBackup implements Backups, AutoCloseable {

  /** What a node's directory has besides its stores. Those that are not there are left out. */
  static final List<String> SMALL_FILES = List.of("identity", "ring", "peers");

  private static final Logger LOG = LoggerFactory.getLogger(NodeBackup.class);
  private static final long RETRY_MILLIS = 10;
  private static final long CLOSE_MILLIS_MAX = 5_000;

  /** Runs something on the node's loop, in a turn. */
  interface Loop {
    void execute(Runnable task);

    void schedule(Runnable task, long delayMillis);
  }

  /** One of the node's stores, in a directory of that name. */
  record Part(String name, LsmStore store) {}

  private enum State { IDLE, RUNNING, DONE, FAILED }

  private final Path dir;
  private final String nodeId;
  private final List<Part> parts;
  private final Loop loop;
  private final LongSupplier clockMillis;
  private volatile Run run;

  NodeBackup(Path dir, String nodeId, List<Part> parts, Loop loop, LongSupplier clockMillis) {
    this.dir = dir.toAbsolutePath().normalize();
    this.nodeId = nodeId;
    this.parts = List.copyOf(parts);
    this.loop = loop;
    this.clockMillis = clockMillis;
  }

  @Override
  public String start(Order order) {
    if (run != null && run.state == State.RUNNING) {
      return "a backup into " + run.target + " runs already";
    }
    try {
      Path target = Path.of(order.target());
      Path base = order.base() == null ? null : Path.of(order.base());
      String refusal = refusal(order, target.normalize(), base);
      if (refusal != null) {
        return refusal;
      }
      run = new Run(target.normalize(), base, order);
      run.start();
      return null;
    } catch (InvalidPathException e) {
      return "not a path: " + e.getMessage();
    }
  }

  private String refusal(Order order, Path target, Path base) {
    if (!target.isAbsolute() || base != null && !base.isAbsolute()) {
      return "a path must be absolute: it is one of the node's machine";
    }
    if (order.portable() && base != null) {
      return "a portable backup is always whole: it takes no BASE";
    }
    if (order.reference() && base == null) {
      return "REFERENCE needs a BASE";
    }
    if (target.startsWith(dir)) {
      return target + " is in the node's own directory";
    }
    try {
      StoreBackup.refuseIfNotEmpty(target);
      if (base != null && BackupFile.read(base).kind() != BackupFile.Kind.NODE) {
        return base + " is no backup of a node";
      }
      return spaceRefusal(order, target);
    } catch (IOException | RuntimeException e) {
      return e.getMessage();
    }
  }

  /** Refuses if what must be copied has no room; links and what an earlier backup has need none. */
  private String spaceRefusal(Order order, Path target) throws IOException {
    Path there = target;
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    boolean copied = order.portable() || !Files.getFileStore(there).equals(Files.getFileStore(dir));
    if (!copied || order.base() != null) {
      return null;
    }
    long bytes = 0;
    for (Part part : parts) {
      bytes += part.store.stats().tableBytes() + part.store.stats().valueFileBytes();
    }
    long room = Files.getFileStore(there).getUsableSpace();
    return bytes <= room ? null : "no space: " + bytes + " bytes are to be copied, " + target + " has room for " + room;
  }

  @Override
  public Map<String, Object> status() {
    Run now = run;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("state", now == null ? "idle" : now.state.name().toLowerCase(java.util.Locale.ROOT));
    fields.put("target", now == null ? "" : now.target.toString());
    long done = 0;
    long total = 0;
    long files = 0;
    if (now != null) {
      for (StoreBackup backup : now.backups) {
        StoreBackup.Progress progress = backup.progress();
        done += progress.bytesDone();
        total += progress.bytesTotal();
        files += progress.files();
      }
    }
    fields.put("bytes_done", done);
    fields.put("bytes_total", total);
    fields.put("files", files);
    fields.put("error", now == null || now.error == null ? "" : now.error);
    fields.put("seconds", now == null ? 0L : now.seconds());
    return fields;
  }

  @Override
  public boolean cancel() {
    Run now = run;
    if (now == null || now.state != State.RUNNING) {
      return false;
    }
    now.backups.forEach(StoreBackup::cancel);
    return true;
  }

  /** Cancels what runs; the stores may be closed then. */
  @Override
  public void close() throws InterruptedException {
    Run now = run;
    if (cancel()) {
      now.thread.join(CLOSE_MILLIS_MAX);
    }
  }

  /** One backup. */
  private final class Run {
    private final Path target;
    private final Path base;
    private final List<StoreBackup> backups = new ArrayList<>();
    private final Thread thread = new Thread(this::write, "henge-backup");
    private final long startNanos = System.nanoTime();
    private volatile State state = State.RUNNING;
    private volatile String error;
    private volatile long endNanos;

    Run(Path target, Path base, Order order) {
      this.target = target;
      this.base = base;
      for (Part part : parts) {
        Path earlier = base == null ? null : base.resolve(part.name);
        backups.add(new StoreBackup(part.store, dir.resolve(part.name), new StoreBackup.Plan(
            target.resolve(part.name), earlier != null && BackupFile.isIn(earlier) ? earlier : null, order.portable(),
            order.reference(), order.bytesPerSecond()), clockMillis));
      }
    }

    void start() {
      thread.setDaemon(true);
      backups.forEach(this::begin);
      thread.start();
    }

    private void begin(StoreBackup backup) {
      loop.execute(() -> {
        try {
          if (state == State.RUNNING && !backup.begin()) {
            loop.schedule(() -> begin(backup), RETRY_MILLIS);
          }
        } catch (StoreFailedException e) {
          LOG.warn("no backup can be made: {}", e.getMessage()); // the thread sees it too
        }
      });
    }

    private void write() {
      try {
        Files.createDirectories(target);
        List<BackupFile.Entry> entries = new ArrayList<>();
        for (int i = 0; i < backups.size(); i++) {
          backups.get(i).write();
          entries.add(BackupFile.Entry.of(target, parts.get(i).name + "/" + BackupFile.NAME));
        }
        for (String name : SMALL_FILES) {
          if (Files.exists(dir.resolve(name))) {
            DurableFiles.write(target.resolve(name), Files.readAllBytes(dir.resolve(name)));
            entries.add(BackupFile.Entry.of(target, name));
          }
        }
        List<BackupFile.Earlier> earlier = base == null ? List.of()
            : List.of(new BackupFile.Earlier(BackupFile.read(base).id(), base));
        new BackupFile(BackupFile.Kind.NODE, StoreBackup.freshId(), nodeId, clockMillis.getAsLong(), 0, earlier, entries)
            .write(target);
        end(State.DONE, null);
        LOG.info("backed up into {} in {} s", target, seconds());
      } catch (IOException | RuntimeException | Error e) {
        undo();
        end(State.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
        LOG.warn("the backup into {} failed: {}", target, error);
      }
    }

    private void end(State how, String why) {
      endNanos = System.nanoTime();
      error = why;
      state = how;
    }

    long seconds() {
      return TimeUnit.NANOSECONDS.toSeconds((state == State.RUNNING ? System.nanoTime() : endNanos) - startNanos);
    }

    /** Deletes what was written into the directory, which had been empty. */
    private void undo() {
      try {
        Files.walkFileTree(target, new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
      } catch (IOException e) {
        LOG.warn("what the failed backup wrote into {} could not be deleted: {}", target, e.toString());
      }
    }
  }
}
