package dev.henge.ring.replica;

import dev.henge.ring.transfer.Ballot;
import dev.henge.ring.transfer.ViewVote;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.version.VersionVector;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** What nodes say to each other about vnodes. Handled on the shard's loop, in the order a peer sent it. */
public sealed interface Message {

  /** The sender's stream of bundles begins anew: acknowledgements count from here. */
  record StreamStart(long stream) implements Message {}

  /**
   * The next bundle of the sender's stream: a part of an array that is overwritten once it was sent, or once whoever
   * received it has dealt with it.
   */
  record Ship(byte[] array, int from, int to) implements Message {

    byte[] bundle() {
      return Arrays.copyOfRange(array, from, to);
    }
  }

  /**
   * The receiver has dealt with the stream's first {@code count} bundles: it holds all of them on its log, but for
   * those that are {@code refused} (they had a gap before them, or their sender no longer holds the lease).
   */
  record Ack(long stream, long count, long[] refused) implements Message {}

  /** The clocks of some vnodes, as they stand in the sender's log. */
  record Clocks(int[] vnodes, VersionVector[] clocks) implements Message {}

  /** Asks for all that the clock does not cover. */
  record Pull(int vnode, VersionVector clock) implements Message {}

  /**
   * A part of the answer, in the sender's log order. {@code more}: ask again; {@code snapshot}: the log is too short,
   * ask for rows.
   */
  record Pulled(int vnode, List<byte[]> bundles, boolean more, boolean snapshot) implements Message {}

  /** Asks for the vnode's rows from a place on; an empty place is the beginning. */
  record RowsPull(int vnode, byte[] place) implements Message {}

  /**
   * Rows of a vnode, to be merged. {@code clock}: what the sender had seen when this chunk was read; {@code horizon}:
   * the past that it has collected; an empty {@code next} ends the rows.
   */
  record Rows(int vnode, byte[] place, byte[] body, byte[] next, VersionVector clock, VersionVector horizon) implements Message {}

  /**
   * Asks for leases, new or again. {@code seeking}: those for which the grantor's clock is wanted with the grant;
   * {@code epochs}: in which epoch of each vnode, in their order, the sender is an owner, or {@link #FIRST_EPOCH}.
   */
  record LeaseRequest(long round, BitSet vnodes, BitSet seeking, long[] epochs) implements Message {

    /** All are in the epoch that the ring was formed with. */
    static final long[] FIRST_EPOCH = {};

    LeaseRequest(long round, BitSet vnodes, BitSet seeking) {
      this(round, vnodes, seeking, FIRST_EPOCH);
    }

    /** The epoch of the vnode at that place among those asked for. */
    long epoch(int place) {
      return epochs.length == 0 ? 1 : place < epochs.length ? epochs[place] : 0;
    }
  }

  /** The answer: what was granted, what another holds, and the grantor's clocks of those sought. */
  record LeaseGrant(long round, BitSet granted, BitSet held, int[] vnodes, VersionVector[] clocks) implements Message {}

  /** The sender no longer serves these vnodes. */
  record LeaseRelease(BitSet vnodes) implements Message {}

  /** The vnodes that the sender has caught up on and can serve. Also says that the sender lives. */
  record Ready(BitSet vnodes) implements Message {}

  /**
   * The vnodes of which the sender, for all that it has caught up, cannot read some rows: damage of its disk. A node
   * says so whenever the set changes; one that has said nothing has none.
   */
  record Damaged(BitSet vnodes) implements Message {}

  /** Asks for the rows of a vnode from a disk key on, up to another, exclusive. */
  record RangePull(int vnode, byte[] from, byte[] to) implements Message {}

  /**
   * A part of those rows. {@code able}: whether the sender can read them; {@code next}: where to go on, empty at the
   * end; {@code clock}: what it had seen; {@code horizon}: what it has collected.
   */
  record RangeRows(int vnode, byte[] from, boolean able, byte[] body, byte[] next, VersionVector clock, VersionVector horizon)
      implements Message {}

  /** The Merkle roots of some vnodes, and the clocks at which they are so: are yours the same? */
  record TreeRoots(int[] vnodes, VersionVector[] clocks, long[] roots) implements Message {}

  /** The answer, a {@link Verdict} a vnode. */
  record TreeVerdicts(int[] vnodes, Verdict[] verdicts) implements Message {}

  /** What a comparison came to. */
  enum Verdict {
    EQUAL,
    DIFFERENT,
    /** The clocks differ: the logs come first. */
    NOT_ABREAST,
    /** The replica is late, damaged, or does not know its tree. */
    NOT_SOUND
  }

  /** All leaves of a vnode's tree. */
  record TreeLeaves(int vnode, VersionVector clock, long[] leaves) implements Message {}

  /** The leaves that differ; none of them means anything unless the verdict is EQUAL or DIFFERENT. */
  record TreeDiffers(int vnode, Verdict verdict, BitSet leaves) implements Message {}

  /** The keys of a leaf from a disk key on, up to another, exclusive, with the digests of what lives under each. */
  record KeyDigests(int vnode, VersionVector clock, int leaf, byte[] from, byte[] to, List<byte[]> keys, long[] digests)
      implements Message {}

  /** Those keys of the range that are not the same with the sender, by the disk keys of their heads. */
  record KeysDiffer(int vnode, Verdict verdict, byte[] from, List<byte[]> keys) implements Message {}

  /**
   * Rows of one key, or the wish for them.
   *
   * @param clock what the sender had seen
   * @param key the disk key of the head
   * @param place where among the key's rows the page begins; empty is the beginning
   * @param next where the next page begins; empty at the end
   * @param rows how many rows were found wrong with the receiver, where it is to mend them
   */
  record KeyRows(Purpose purpose, int vnode, VersionVector clock, byte[] key, byte[] place, byte[] next, int rows, byte[] body)
      implements Message {

    /** Why it is sent. */
    public enum Purpose {
      /** The receiver is asked for its rows. */
      WANTED,
      /** The sender has these. */
      HELD,
      /** The sender cannot tell. */
      UNABLE,
      /** The receiver should have these. */
      MEND
    }
  }

  /**
   * A command for the acting primary of a vnode, as the frontend wrote it. Once a node has turned one away it turns
   * away all that follow for the vnode from the same sender, until one comes with {@code restart}: so no command
   * overtakes another. With {@link ReadLevel#ONE} it is for any owner, and none of this.
   */
  record Forward(long id, int vnode, boolean restart, Terms terms, byte[] command) implements Message {}

  /** A command for a node on several vnodes at once. */
  record ForwardAll(long id, BitSet vnodes, byte[] command) implements Message {}

  /**
   * The answer to a forwarded command. {@code missed}: vnodes that the node did not serve; {@code seen}: what whoever
   * has this reply has seen of the vnode: nothing if the caller did not ask and the command was no write.
   */
  record Answer(long id, Outcome outcome, byte[] reply, BitSet missed, VersionVector seen) implements Message {}

  /** The sender's view of who is in the ring. */
  record RingView(byte[] state, long fingerprint) implements Message {}

  /** Who owns some vnodes, as decided. Without any it asks for all that the receiver knows. */
  record Views(int[] vnodes, List<VnodeView> views) implements Message {}

  /** What the sender knows of all owners, as one number: is yours the same? */
  record ViewsHash(long hash) implements Message {}

  /** Asks an owner to promise that it takes part in no lower attempt to decide what follows this epoch. */
  record ViewPrepare(int vnode, long epoch, Ballot ballot) implements Message {}

  /** The answer: what the owner has said so far in that decision. It has promised if that names the attempt. */
  record ViewPromise(int vnode, long epoch, Ballot ballot, ViewVote vote) implements Message {}

  /** Asks an owner to accept these owners as the next epoch's. */
  record ViewAccept(int vnode, long epoch, Ballot ballot, List<String> owners) implements Message {}

  /** The answer: the highest attempt that the owner has promised. It has accepted if that is the one. */
  record ViewAccepted(int vnode, long epoch, Ballot ballot, Ballot promised) implements Message {}

  /** How many bytes the rows of some vnodes take, by who serves them. */
  record Sizes(int[] vnodes, long[] bytes) implements Message {}

  /**
   * How far the sender is on its way to the goal: vnodes that it has still to take, those that it takes now, those that
   * it has still to let go, and the bytes that it has taken since its start.
   */
  record Progress(int toTake, int taking, int toLetGo, long bytesTaken) implements Message {}

  /**
   * The next bundle of the sender's stream, numbered and acknowledged like {@link Ship}, to be kept for owners that
   * are away. {@code blind}: no owner has it.
   */
  record Hint(boolean blind, byte[] bundle) implements Message {}

  /** Asks an owner how far it is with these vnodes, of which the sender keeps hints. */
  record HintAsk(BitSet vnodes) implements Message {}

  /** Hints of a vnode, in the order in which they came. */
  record HandOver(long number, int vnode, List<byte[]> bundles) implements Message {}

  /**
   * The answer to both: the owner's clocks, as they stand in its log. {@code number}: of the hand-over, 0 to a
   * question.
   */
  record HintClocks(long number, int[] vnodes, VersionVector[] clocks) implements Message {}

  /** Asks for the wall clock, or tells it: with the asker's monotonic time of asking, given back. */
  record WallTime(boolean answer, long askedNanos, long wallMillis) implements Message {}

  /** Asks an owner what it has of a vnode, and of some keys in it (database u8, key). */
  record ReadProbe(long id, int vnode, List<byte[]> keys) implements Message {}

  /** The answer: whether the sender's replica counts, its clock, and a digest a key, 0 where none is at hand. */
  record ReadVouch(long id, boolean able, VersionVector clock, long[] digests) implements Message {}

  /**
   * All rows of one key as the sender has them under that clock, to be merged by an owner with the same clock, which
   * answers with what it then has. An empty {@code body}: the clocks differ, or the rows cannot be read.
   */
  record ReadRows(long id, boolean answer, int vnode, byte[] key, VersionVector clock, byte[] body) implements Message {}

  /**
   * Asks to be told when the receiver's log covers these clocks; {@code synced}: when it is also synced. The same id
   * again: the same question.
   */
  record WaitFor(long id, boolean synced, int[] vnodes, VersionVector[] clocks) implements Message {}

  /** The vnodes of a {@link WaitFor} that the sender's log covers now. */
  record Waited(long id, BitSet vnodes) implements Message {}
}
