package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.session.Backups.Order;
import dev.henge.storage.lsm.BackupFile;
import dev.henge.storage.lsm.LsmOptions;
import dev.henge.storage.lsm.LsmStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node says to orders for a backup, and what it leaves on the disk. */
@Timeout(60)
class NodeBackupTest {

  private static final long NOW_SECONDS = 1_795_243_406L;

  @TempDir
  Path temp;

  private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
  private Path dir;
  private NodeIdentityFile identity;
  private LsmStore store;
  private NodeBackup backup;

  @BeforeEach
  void open() throws Exception {
    dir = Files.createDirectories(temp.resolve("node"));
    identity = NodeIdentityFile.open(dir);
    loop.submit(() -> {
      store = LsmStore.open(dir.resolve("shard-0"), LsmOptions.defaults(), (position, record) -> { });
      for (int i = 0; i < 2_000; i++) {
        store.put(("k" + i).getBytes(), new byte[1_000]);
      }
      store.checkpoint();
    }).get();
    backup = new NodeBackup(dir, identity.id(), List.of(new NodeBackup.Part("shard-0", store)), new NodeBackup.Loop() {
      @Override
      public void execute(Runnable task) {
        loop.execute(task);
      }

      @Override
      public void schedule(Runnable task, long delayMillis) {
        loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
      }
    }, () -> NOW_SECONDS * 1_000);
  }

  @AfterEach
  void close() throws Exception {
    backup.close();
    loop.submit(store::close).get();
    loop.shutdown();
  }

  private Order whole(String target) {
    return new Order(target, null, false, false, 0);
  }

  private String at(String name) {
    return temp.resolve(name).toString();
  }

  private Map<String, Object> ended() {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (backup.status().get("state").equals("running")) {
      assertTrue(System.nanoTime() < deadline, backup.status().toString());
      Thread.onSpinWait();
    }
    return backup.status();
  }

  @Test
  void ordersThatCannotBeAreRefusedAtOnce() throws IOException {
    assertEquals("idle", backup.status().get("state"));
    assertFalse(backup.cancel());
    assertTrue(backup.start(whole("relative")).contains("must be absolute"));
    assertTrue(backup.start(whole(dir.resolve("backup").toString())).contains("in the node's own directory"));
    Files.createDirectories(temp.resolve("full").resolve("of"));
    assertTrue(backup.start(whole(at("full"))).contains("is not empty"));
    Files.writeString(temp.resolve("file"), "x");
    assertTrue(backup.start(whole(at("file"))).contains("is not a directory"));
    assertTrue(backup.start(new Order(at("t"), at("none"), false, false, 0)).contains("is no backup"));
    assertTrue(backup.start(new Order(at("t"), at("none"), true, false, 0)).contains("takes no BASE"));
    assertTrue(backup.start(new Order(at("t"), null, false, true, 0)).contains("needs a BASE"));
    assertFalse(Files.exists(temp.resolve("t")));
    assertEquals("idle", backup.status().get("state"));
  }

  @Test
  void oneRunsAtATimeAndACancelledOneLeavesNothing() {
    assertEquals(null, backup.start(new Order(at("slow"), null, false, false, 1_000)));
    assertTrue(backup.start(whole(at("other"))).contains("runs already"));
    assertTrue(backup.cancel());
    assertEquals("failed", ended().get("state"));
    assertTrue(backup.status().get("error").toString().contains("cancelled"), backup.status().toString());
    assertFalse(Files.exists(temp.resolve("slow")));
    assertEquals(null, backup.start(whole(at("other"))));
    assertEquals("done", ended().get("state"), backup.status().toString());
  }

  @Test
  void aRestoredNodeIsTheSameNodeWithANewActor() throws Exception {
    assertEquals(null, backup.start(whole(at("b"))));
    Map<String, Object> status = ended();
    assertEquals("done", status.get("state"), status.toString());
    assertEquals(status.get("bytes_total"), status.get("bytes_done"));
    assertTrue((Long) status.get("files") >= 2);
    assertEquals(identity.id(), BackupFile.read(temp.resolve("b")).of());
    NodeRestore restore = NodeRestore.open(temp.resolve("b"));
    assertEquals(List.of(), restore.faults(bytes -> { }));
    Path to = temp.resolve("restored");
    restore.into(to, false, null, NOW_SECONDS, bytes -> { });
    NodeIdentityFile restored = NodeIdentityFile.look(to.resolve("identity"));
    assertEquals(identity.id(), restored.id());
    assertNotEquals(identity.actor(), restored.actor());
    assertEquals(NOW_SECONDS, restored.starts());
    assertFalse(restored.wasStoppedCleanly());
    assertTrue(restored.votesOld(), "it may have said more than the backup knows");
    NodeCheck check = new NodeCheck(false);
    check.check(to);
    assertEquals(List.of(), check.faults());
    assertTrue(check.summary().contains(" 2000 entries"), check.summary());
    NodeIdentityFile started = NodeIdentityFile.open(to);
    assertNotEquals(identity.actor(), started.actor());
    assertEquals(NOW_SECONDS + 1, started.starts());
    assertTrue(NodeIdentityFile.open(to).votesOld(), "a crash changes nothing");
    started.stoppedCleanly(true);
    assertFalse(NodeIdentityFile.look(to.resolve("identity")).votesOld(), "the store knows by then");
  }

  @Test
  void noNodeStartsWhereARestoreWasNotFinished() throws Exception {
    Files.writeString(dir.resolve(NodeRestore.UNFINISHED), "");
    assertTrue(assertThrows(IOException.class, () -> NodeIdentityFile.open(dir)).getMessage().contains("not finished"));
  }

  @Test
  void aKeyIsToldSoThatAPersonKnowsIt() {
    byte[] head = {0x18, (byte) 0xac, 1, 2, 3, 4, 0, 5, 's', 't', 'o', 'n', 'e', 0};
    assertEquals("slot 6316 db 0 \"stone\"", NodeCheck.printable(head));
    byte[] row = {0x18, (byte) 0xac, 1, 2, 3, 4, 0, 5, 's', 't', '"', 'n', 1, 1, 0, 0, 0, 0, 0, 1, 'F'};
    assertEquals("slot 6316 db 0 \"st\\x22n\\x01\" (a row of it)", NodeCheck.printable(row));
    assertEquals("\"\\xc1\\x8a\"", NodeCheck.printable(new byte[] {(byte) 0xc1, (byte) 0x8a}));
  }
}
