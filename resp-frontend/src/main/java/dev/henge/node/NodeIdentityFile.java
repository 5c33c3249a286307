package dev.henge.node;

import dev.henge.storage.version.Dot;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;
import java.util.random.RandomGenerator;

/**
 * Who this node is, kept in its directory: its id for life, how often it started, and the actor of its writes.
 *
 * <p>An actor must never name two writes by the same sequence, so a new one is made on a new disk and after every
 * stop that was not clean: only a clean stop is known to have lost no tail of the log.
 */
final class NodeIdentityFile {

  static final String FILE = "identity";
  private static final int ID_BYTES = 20;

  private final NodeFiles files;
  private final RandomGenerator random;
  private final Properties values = new Properties();
  private boolean fresh;
  private boolean clean;
  private boolean grantless;

  private NodeIdentityFile(NodeFiles files, RandomGenerator random) {
    this.files = files;
    this.random = random;
  }

  /**
   * Makes a restored node's identity of the backed-up one: the same node, but a new actor, since the old one has
   * written more than the backup has. It counts its starts on from the time of day, which no node reaches by
   * counting: nobody takes it for a run before the backup.
   */
  static void restore(byte[] backedUp, NodeFiles into, RandomGenerator random, long nowSeconds) throws IOException {
    NodeIdentityFile identity = new NodeIdentityFile(into, random);
    identity.read(backedUp, "the backup's " + FILE);
    String before = identity.values.getProperty("actor");
    do {
      identity.takeNewActor();
    } while (identity.values.getProperty("actor").equals(before));
    identity.values.setProperty("starts", Long.toString(Math.max(identity.starts() + 1, nowSeconds)));
    identity.values.setProperty("clean", "no");
    identity.values.setProperty("votes", "old");
    identity.save();
  }

  /** Reads or makes the identity in a directory, and notes on the disk that the node runs. */
  static NodeIdentityFile open(Path dir) throws IOException {
    return open(NodeFiles.in(dir), new SecureRandom(), Rules.SOUND);
  }

  /** Reads or makes the identity and notes on the disk that the node runs. */
  static NodeIdentityFile open(NodeFiles files, RandomGenerator random, Rules rules) throws IOException {
    if (files.read(NodeRestore.UNFINISHED) != null) {
      throw new IOException("there is " + files.path(NodeRestore.UNFINISHED)
          + ": a restore was not finished; delete the directory and restore again");
    }
    NodeIdentityFile identity = new NodeIdentityFile(files, random);
    byte[] there = files.read(FILE);
    if (there != null) {
      identity.read(there, files.path(FILE));
    } else {
      identity.fresh = true;
      byte[] id = new byte[ID_BYTES];
      identity.random.nextBytes(id);
      identity.values.setProperty("id", HexFormat.of().formatHex(id));
    }
    identity.clean = "yes".equals(identity.values.getProperty("clean"));
    if (identity.fresh || !identity.clean && !rules.broken(Mutant.ACTOR_REUSED)) {
      identity.takeNewActor();
    }
    identity.values.setProperty("starts", Long.toString(identity.starts() + 1));
    identity.grantless = "none".equals(identity.values.remove("leases"));
    identity.values.setProperty("clean", "no");
    identity.save();
    return identity;
  }

  /** Reads an identity, to look at it only. */
  static NodeIdentityFile look(Path file) throws IOException {
    NodeIdentityFile identity = new NodeIdentityFile(null, null);
    identity.read(Files.readAllBytes(file), file.toString());
    identity.clean = "yes".equals(identity.values.getProperty("clean"));
    return identity;
  }

  private void read(byte[] bytes, String from) throws IOException {
    try (Reader in = new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder())) {
      values.load(in);
    } catch (IllegalArgumentException | java.nio.charset.CharacterCodingException e) {
      throw new IOException(from + " is damaged: " + e.getMessage(), e);
    }
    try {
      if (id() == null || !id().matches("[0-9a-f]{1,64}") || values.getProperty("actor") == null || actor() < 1 || starts() < 0) {
        throw new IOException(from + " is damaged: it has no id or no actor");
      }
    } catch (NumberFormatException e) {
      throw new IOException(from + " is damaged: " + e.getMessage(), e);
    }
  }

  private void takeNewActor() {
    values.setProperty("actor", Long.toHexString(1 + random.nextLong(Dot.MAX_ACTOR)));
  }

  boolean wasStoppedCleanly() {
    return clean;
  }

  String id() {
    return values.getProperty("id");
  }

  long actor() {
    return Long.parseLong(values.getProperty("actor"), 16);
  }

  /**
   * Gives this run an actor of its own though the stop was clean: what the last one had written is not known any
   * more.
   */
  void freshActor() throws IOException {
    takeNewActor();
    save();
  }

  long starts() {
    return Long.parseLong(values.getProperty("starts", "0"));
  }

  /** Whether no lease that an earlier run gave can be in force. */
  boolean noLeaseGiven() {
    return fresh || clean && grantless;
  }

  /** Whether the node was restored, and may have said more of vnodes' next owners than its store knows. */
  boolean votesOld() {
    return "old".equals(values.getProperty("votes"));
  }

  /**
   * Notes that all that was written is safe on the disk.
   *
   * @param noLeaseGiven whether no other node held a lease of this one when it stopped
   */
  void stoppedCleanly(boolean noLeaseGiven) throws IOException {
    values.setProperty("clean", "yes");
    values.setProperty("leases", noLeaseGiven ? "none" : "given");
    values.remove("votes"); // the store knows of which vnodes it has said nothing since
    save();
  }

  private void save() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Writer out = new OutputStreamWriter(bytes, StandardCharsets.UTF_8)) {
      values.store(out, "Henge node identity; do not copy it to another node");
    }
    files.replace(FILE, bytes.toByteArray());
  }
}
