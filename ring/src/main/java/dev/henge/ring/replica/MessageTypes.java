package dev.henge.ring.replica;

import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageType;
import dev.henge.gossip.wire.WireFormatException;
import dev.henge.gossip.wire.WireInput;
import dev.henge.gossip.wire.WireOutput;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The ring's messages by their numbers on the wire; a number never changes its meaning. */
public final class MessageTypes {

  /** Types from this number on came with version 2 of the wire: nodes of version 1 are not sent them. */
  private static final int FIRST_OF_VERSION_2 = 39;

  private MessageTypes() {}

  public static List<MessageType<?>> all() {
    return List.of(
        type(1, Message.StreamStart.class, (m, out) -> out.i64(m.stream()), in -> new Message.StreamStart(in.i64())),
        type(2, Message.Ship.class, (m, out) -> out.bytes(m.array(), m.from(), m.to() - m.from()), in -> {
          int length = in.skipBytes();
          return new Message.Ship(in.array(), in.position() - length, in.position());
        }),
        type(3, Message.Ack.class, MessageTypes::writeAck, MessageTypes::readAck),
        type(4, Message.Clocks.class, (m, out) -> clocks(out, m.vnodes(), m.clocks()), in -> {
          int[] vnodes = vnodes(in);
          return new Message.Clocks(vnodes, vectors(in, vnodes.length));
        }),
        type(5, Message.Pull.class, (m, out) -> {
          out.u16(m.vnode());
          vector(out, m.clock());
        }, in -> new Message.Pull(in.u16(), vector(in))),
        type(6, Message.Pulled.class, MessageTypes::writePulled, MessageTypes::readPulled),
        type(7, Message.RowsPull.class, (m, out) -> {
          out.u16(m.vnode());
          bytes(out, m.place());
        }, in -> new Message.RowsPull(in.u16(), in.bytes())),
        // 8 were rows without a horizon
        type(37, Message.Rows.class, (m, out) -> {
          out.u16(m.vnode());
          bytes(out, m.place());
          bytes(out, m.body());
          bytes(out, m.next());
          vector(out, m.clock());
          vector(out, m.horizon());
        }, in -> new Message.Rows(in.u16(), in.bytes(), in.bytes(), in.bytes(), vector(in), vector(in))),
        type(9, Message.LeaseRequest.class, (m, out) -> {
          out.i64(m.round());
          bits(out, m.vnodes());
          bits(out, m.seeking());
          if (m.epochs().length > 0) {
            varints(out, m.epochs());
          }
        }, MessageTypes::readLeaseRequest),
        type(10, Message.LeaseGrant.class, (m, out) -> {
          out.i64(m.round());
          bits(out, m.granted());
          bits(out, m.held());
          clocks(out, m.vnodes(), m.clocks());
        }, MessageTypes::readGrant),
        type(11, Message.LeaseRelease.class, (m, out) -> bits(out, m.vnodes()), in -> new Message.LeaseRelease(bits(in))),
        type(12, Message.Ready.class, (m, out) -> bits(out, m.vnodes()), in -> new Message.Ready(bits(in))),
        type(13, Message.Forward.class, (m, out) -> {
          out.varint(m.id());
          out.u16(m.vnode());
          out.bool(m.restart());
          terms(out, m.terms());
          bytes(out, m.command());
        }, in -> new Message.Forward(in.varint(), in.u16(), in.bool(), terms(in), in.bytes())),
        type(14, Message.ForwardAll.class, (m, out) -> {
          out.varint(m.id());
          bits(out, m.vnodes());
          bytes(out, m.command());
        }, in -> new Message.ForwardAll(in.varint(), bits(in), in.bytes())),
        type(15, Message.Answer.class, (m, out) -> {
          out.varint(m.id());
          out.u8(m.outcome().ordinal());
          bytes(out, m.reply());
          bits(out, m.missed());
          vector(out, m.seen());
        }, in -> new Message.Answer(in.varint(), outcome(in.u8()), in.bytes(), bits(in), vector(in))),
        type(16, Message.RingView.class, (m, out) -> {
          bytes(out, m.state());
          out.i64(m.fingerprint());
        }, in -> new Message.RingView(in.bytes(), in.i64())),
        type(17, Message.Damaged.class, (m, out) -> bits(out, m.vnodes()), in -> new Message.Damaged(bits(in))),
        type(18, Message.RangePull.class, (m, out) -> {
          out.u16(m.vnode());
          bytes(out, m.from());
          bytes(out, m.to());
        }, in -> new Message.RangePull(in.u16(), in.bytes(), in.bytes())),
        // 19 were those without a horizon
        type(38, Message.RangeRows.class, (m, out) -> {
          out.u16(m.vnode());
          bytes(out, m.from());
          out.bool(m.able());
          bytes(out, m.body());
          bytes(out, m.next());
          vector(out, m.clock());
          vector(out, m.horizon());
        }, in -> new Message.RangeRows(in.u16(), in.bytes(), in.bool(), in.bytes(), in.bytes(), vector(in), vector(in))),
        type(20, Message.Hint.class, (m, out) -> {
          out.bool(m.blind());
          bytes(out, m.bundle());
        }, in -> new Message.Hint(in.bool(), in.bytes())),
        type(21, Message.HintAsk.class, (m, out) -> bits(out, m.vnodes()), in -> new Message.HintAsk(bits(in))),
        type(22, Message.HandOver.class, MessageTypes::writeHandOver, MessageTypes::readHandOver),
        type(23, Message.HintClocks.class, (m, out) -> {
          out.varint(m.number());
          clocks(out, m.vnodes(), m.clocks());
        }, in -> {
          long number = in.varint();
          int[] vnodes = vnodes(in);
          return new Message.HintClocks(number, vnodes, vectors(in, vnodes.length));
        }),
        type(24, Message.WallTime.class, (m, out) -> {
          out.bool(m.answer());
          out.i64(m.askedNanos());
          out.i64(m.wallMillis());
        }, in -> new Message.WallTime(in.bool(), in.i64(), in.i64())),
        type(39, Message.Views.class, ViewTypes::writeViews, ViewTypes::readViews),
        type(40, Message.ViewPrepare.class, (m, out) -> {
          out.u16(m.vnode());
          out.varint(m.epoch());
          ViewTypes.ballot(out, m.ballot());
        }, in -> new Message.ViewPrepare(in.u16(), in.varint(), ViewTypes.ballot(in))),
        type(41, Message.ViewPromise.class, ViewTypes::writePromise, ViewTypes::readPromise),
        type(42, Message.ViewAccept.class, (m, out) -> {
          out.u16(m.vnode());
          out.varint(m.epoch());
          ViewTypes.ballot(out, m.ballot());
          ViewTypes.owners(out, m.owners());
        }, in -> new Message.ViewAccept(in.u16(), in.varint(), ViewTypes.ballot(in), ViewTypes.owners(in))),
        type(43, Message.ViewAccepted.class, (m, out) -> {
          out.u16(m.vnode());
          out.varint(m.epoch());
          ViewTypes.ballot(out, m.ballot());
          ViewTypes.ballot(out, m.promised());
        }, in -> new Message.ViewAccepted(in.u16(), in.varint(), ViewTypes.ballot(in), ViewTypes.ballot(in))),
        type(44, Message.ViewsHash.class, (m, out) -> out.i64(m.hash()), in -> new Message.ViewsHash(in.i64())),
        type(45, Message.Sizes.class, ViewTypes::writeSizes, ViewTypes::readSizes),
        type(46, Message.Progress.class, (m, out) -> {
          out.varint(m.toTake());
          out.varint(m.taking());
          out.varint(m.toLetGo());
          out.varint(m.bytesTaken());
        }, in -> new Message.Progress(number(in), number(in), number(in), in.varint())),
        type(30, Message.TreeRoots.class, (m, out) -> {
          clocks(out, m.vnodes(), m.clocks());
          longs(out, m.roots());
        }, in -> {
          int[] vnodes = vnodes(in);
          return new Message.TreeRoots(vnodes, vectors(in, vnodes.length), longs(in));
        }),
        type(31, Message.TreeVerdicts.class, MessageTypes::writeVerdicts, MessageTypes::readVerdicts),
        type(32, Message.TreeLeaves.class, (m, out) -> {
          out.u16(m.vnode());
          vector(out, m.clock());
          longs(out, m.leaves());
        }, in -> new Message.TreeLeaves(in.u16(), vector(in), longs(in))),
        type(33, Message.TreeDiffers.class, (m, out) -> {
          out.u16(m.vnode());
          out.u8(m.verdict().ordinal());
          bits(out, m.leaves());
        }, in -> new Message.TreeDiffers(in.u16(), one(Message.Verdict.values(), in), bits(in))),
        type(34, Message.KeyDigests.class, (m, out) -> {
          out.u16(m.vnode());
          vector(out, m.clock());
          out.u8(m.leaf());
          bytes(out, m.from());
          bytes(out, m.to());
          list(out, m.keys());
          longs(out, m.digests());
        }, in -> new Message.KeyDigests(in.u16(), vector(in), in.u8(), in.bytes(), in.bytes(), list(in), longs(in))),
        type(35, Message.KeysDiffer.class, (m, out) -> {
          out.u16(m.vnode());
          out.u8(m.verdict().ordinal());
          bytes(out, m.from());
          list(out, m.keys());
        }, in -> new Message.KeysDiffer(in.u16(), one(Message.Verdict.values(), in), in.bytes(), list(in))),
        type(36, Message.KeyRows.class, (m, out) -> {
          out.u8(m.purpose().ordinal());
          out.u16(m.vnode());
          vector(out, m.clock());
          bytes(out, m.key());
          bytes(out, m.place());
          bytes(out, m.next());
          out.varint(m.rows());
          bytes(out, m.body());
        }, in -> new Message.KeyRows(one(Message.KeyRows.Purpose.values(), in), in.u16(), vector(in), in.bytes(), in.bytes(),
            in.bytes(), (int) in.varint(), in.bytes())),
        type(25, Message.ReadProbe.class, (m, out) -> {
          out.varint(m.id());
          out.u16(m.vnode());
          blocks(out, m.keys());
        }, in -> new Message.ReadProbe(in.varint(), in.u16(), blocks(in))),
        type(26, Message.ReadVouch.class, (m, out) -> {
          out.varint(m.id());
          out.bool(m.able());
          vector(out, m.clock());
          out.varint(m.digests().length);
          for (long digest : m.digests()) {
            out.i64(digest);
          }
        }, in -> new Message.ReadVouch(in.varint(), in.bool(), vector(in), digests(in))),
        type(27, Message.ReadRows.class, (m, out) -> {
          out.varint(m.id());
          out.bool(m.answer());
          out.u16(m.vnode());
          bytes(out, m.key());
          vector(out, m.clock());
          bytes(out, m.body());
        }, in -> new Message.ReadRows(in.varint(), in.bool(), in.u16(), in.bytes(), vector(in), in.bytes())),
        type(28, Message.WaitFor.class, (m, out) -> {
          out.varint(m.id());
          out.bool(m.synced());
          clocks(out, m.vnodes(), m.clocks());
        }, in -> {
          long id = in.varint();
          boolean synced = in.bool();
          int[] vnodes = vnodes(in);
          return new Message.WaitFor(id, synced, vnodes, vectors(in, vnodes.length));
        }),
        type(29, Message.Waited.class, (m, out) -> {
          out.varint(m.id());
          bits(out, m.vnodes());
        }, in -> new Message.Waited(in.varint(), bits(in))));
  }

  private static <M> MessageType<M> type(
      int id, Class<M> type, BiConsumer<M, WireOutput> writer, Function<WireInput, M> reader) {
    return new MessageType<>() {
      @Override
      public int id() {
        return id;
      }

      @Override
      public Class<M> type() {
        return type;
      }

      @Override
      public int since() {
        return id < FIRST_OF_VERSION_2 ? MessageCodec.VERSION_FIRST : 2;
      }

      @Override
      public void write(M message, WireOutput out) {
        writer.accept(message, out);
      }

      @Override
      public M read(WireInput in) {
        return reader.apply(in);
      }
    };
  }

  private static void writeAck(Message.Ack m, WireOutput out) {
    out.i64(m.stream());
    out.varint(m.count());
    out.varint(m.refused().length);
    for (long number : m.refused()) {
      out.varint(number);
    }
  }

  private static Message.Ack readAck(WireInput in) {
    long stream = in.i64();
    long count = in.varint();
    long[] refused = new long[count(in)];
    for (int i = 0; i < refused.length; i++) {
      refused[i] = in.varint();
    }
    return new Message.Ack(stream, count, refused);
  }

  private static void terms(WireOutput out, Terms terms) {
    out.u8(terms.writeOwners());
    out.u8(terms.reads().ordinal());
    out.bool(terms.tell());
    vector(out, terms.floor());
  }

  private static Terms terms(WireInput in) {
    int writeOwners = in.u8();
    int reads = in.u8();
    boolean tell = in.bool();
    if (reads >= ReadLevel.values().length || writeOwners > Terms.OWNERS_MAX && writeOwners < Terms.MAJORITY) {
      throw new WireFormatException("no such terms: " + writeOwners + ", " + reads);
    }
    VersionVector floor = vector(in);
    boolean plain = writeOwners == Terms.AS_CONFIGURED && reads == 0 && !tell && floor.isEmpty();
    return plain ? Terms.PLAIN : new Terms(writeOwners, ReadLevel.values()[reads], floor, tell);
  }

  private static long[] digests(WireInput in) {
    long[] digests = new long[count(in)];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = in.i64();
    }
    return digests;
  }

  private static void blocks(WireOutput out, List<byte[]> blocks) {
    out.varint(blocks.size());
    for (byte[] block : blocks) {
      bytes(out, block);
    }
  }

  private static List<byte[]> blocks(WireInput in) {
    List<byte[]> blocks = new ArrayList<>();
    for (int n = count(in); n > 0; n--) {
      blocks.add(in.bytes());
    }
    return blocks;
  }

  private static void writePulled(Message.Pulled m, WireOutput out) {
    out.u16(m.vnode());
    list(out, m.bundles());
    out.bool(m.more());
    out.bool(m.snapshot());
  }

  private static Message.Pulled readPulled(WireInput in) {
    return new Message.Pulled(in.u16(), list(in), in.bool(), in.bool());
  }

  private static void writeHandOver(Message.HandOver m, WireOutput out) {
    out.varint(m.number());
    out.u16(m.vnode());
    list(out, m.bundles());
  }

  private static Message.HandOver readHandOver(WireInput in) {
    long number = in.varint();
    return new Message.HandOver(number, in.u16(), list(in));
  }

  private static Message.LeaseGrant readGrant(WireInput in) {
    long round = in.i64();
    BitSet granted = bits(in);
    BitSet held = bits(in);
    int[] vnodes = vnodes(in);
    return new Message.LeaseGrant(round, granted, held, vnodes, vectors(in, vnodes.length));
  }

  /** Who knows of no epochs sends none. */
  private static Message.LeaseRequest readLeaseRequest(WireInput in) {
    long round = in.i64();
    BitSet vnodes = bits(in);
    BitSet seeking = bits(in);
    return new Message.LeaseRequest(round, vnodes, seeking, in.remaining() == 0 ? Message.LeaseRequest.FIRST_EPOCH : varints(in));
  }

  static void varints(WireOutput out, long[] numbers) {
    out.varint(numbers.length);
    for (long number : numbers) {
      out.varint(number);
    }
  }

  static long[] varints(WireInput in) {
    long[] numbers = new long[count(in)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = in.varint();
    }
    return numbers;
  }

  private static void writeVerdicts(Message.TreeVerdicts m, WireOutput out) {
    out.varint(m.vnodes().length);
    for (int i = 0; i < m.vnodes().length; i++) {
      out.u16(m.vnodes()[i]);
      out.u8(m.verdicts()[i].ordinal());
    }
  }

  private static Message.TreeVerdicts readVerdicts(WireInput in) {
    int[] vnodes = new int[count(in)];
    Message.Verdict[] verdicts = new Message.Verdict[vnodes.length];
    for (int i = 0; i < vnodes.length; i++) {
      vnodes[i] = in.u16();
      verdicts[i] = one(Message.Verdict.values(), in);
    }
    return new Message.TreeVerdicts(vnodes, verdicts);
  }

  private static <E> E one(E[] values, WireInput in) {
    int ordinal = in.u8();
    if (ordinal >= values.length) {
      throw new WireFormatException("no such value: " + ordinal);
    }
    return values[ordinal];
  }

  private static Outcome outcome(int ordinal) {
    if (ordinal >= Outcome.values().length) {
      throw new WireFormatException("no such outcome: " + ordinal);
    }
    return Outcome.values()[ordinal];
  }

  private static void bytes(WireOutput out, byte[] bytes) {
    out.bytes(bytes, 0, bytes.length);
  }

  private static void list(WireOutput out, List<byte[]> list) {
    out.varint(list.size());
    for (byte[] bytes : list) {
      bytes(out, bytes);
    }
  }

  private static List<byte[]> list(WireInput in) {
    List<byte[]> list = new ArrayList<>();
    for (int n = count(in); n > 0; n--) {
      list.add(in.bytes());
    }
    return list;
  }

  private static void longs(WireOutput out, long[] longs) {
    out.varint(longs.length);
    for (long number : longs) {
      out.i64(number);
    }
  }

  private static long[] longs(WireInput in) {
    long[] longs = new long[count(in)];
    for (int i = 0; i < longs.length; i++) {
      longs[i] = in.i64();
    }
    return longs;
  }

  private static void clocks(WireOutput out, int[] vnodes, VersionVector[] clocks) {
    out.varint(vnodes.length);
    for (int vnode : vnodes) {
      out.u16(vnode);
    }
    for (VersionVector clock : clocks) {
      vector(out, clock);
    }
  }

  private static int number(WireInput in) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, in.varint()));
  }

  static int[] vnodes(WireInput in) {
    int[] vnodes = new int[count(in)];
    for (int i = 0; i < vnodes.length; i++) {
      vnodes[i] = in.u16();
    }
    return vnodes;
  }

  private static VersionVector[] vectors(WireInput in, int count) {
    VersionVector[] clocks = new VersionVector[count];
    for (int i = 0; i < count; i++) {
      clocks[i] = vector(in);
    }
    return clocks;
  }

  private static void vector(WireOutput out, VersionVector v) {
    out.varint(v.size());
    for (int i = 0; i < v.size(); i++) {
      out.i64(v.actor(i));
      out.varint(v.seq(i));
    }
  }

  private static VersionVector vector(WireInput in) {
    VersionVector v = VersionVector.EMPTY;
    for (int n = count(in); n > 0; n--) {
      long actor = in.i64();
      v = v.with(actor, in.varint());
    }
    return v;
  }

  private static void bits(WireOutput out, BitSet bits) {
    if (bits.isEmpty()) {
      out.varint(0);
    } else {
      bytes(out, bits.toByteArray());
    }
  }

  private static BitSet bits(WireInput in) {
    return BitSet.valueOf(in.bytes());
  }

  static int count(WireInput in) {
    long n = in.varint();
    if (n < 0 || n > in.remaining()) {
      throw new WireFormatException("a count of " + n + " with " + in.remaining() + " bytes left");
    }
    return (int) n;
  }
}
