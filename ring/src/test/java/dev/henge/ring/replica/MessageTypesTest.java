package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.WireFormatException;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.ring.transfer.Ballot;
import dev.henge.ring.transfer.ViewVote;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.version.VersionVector;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Messages and bundles are read as they were written, and bytes cut short are refused. */
class MessageTypesTest {

  private final MessageCodec codec = new MessageCodec(MessageTypes.all());

  private static byte[] bytes(Random chance) {
    byte[] bytes = new byte[chance.nextInt(40)];
    chance.nextBytes(bytes);
    return bytes;
  }

  private static VersionVector vector(Random chance) {
    VersionVector v = VersionVector.EMPTY;
    for (int n = chance.nextInt(5); n > 0; n--) {
      v = v.with(1 + (chance.nextLong() >>> 17), chance.nextLong() >>> 1 + chance.nextInt(62));
    }
    return v;
  }

  private static BitSet bits(Random chance) {
    BitSet bits = new BitSet();
    for (int n = chance.nextInt(20); n > 0; n--) {
      bits.set(chance.nextInt(1024));
    }
    return bits;
  }

  private static long number(Random chance) {
    return chance.nextLong() >>> 1 + chance.nextInt(62);
  }

  private static Message.Verdict[] verdicts(int n, Random chance) {
    Message.Verdict[] verdicts = new Message.Verdict[n];
    Arrays.setAll(verdicts, i -> Message.Verdict.values()[chance.nextInt(4)]);
    return verdicts;
  }

  static List<Message> one(Random chance) {
    int n = chance.nextInt(6);
    int[] vnodes = chance.ints(n, 0, 1 << 16).toArray();
    VersionVector[] clocks = new VersionVector[n];
    Arrays.setAll(clocks, i -> vector(chance));
    List<byte[]> many = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      many.add(bytes(chance));
    }
    int vnode = chance.nextInt(1 << 16);
    return List.of(
        new Message.StreamStart(chance.nextLong()),
        ship(chance),
        new Message.Ack(chance.nextLong(), number(chance), chance.longs(n, 0, Long.MAX_VALUE).toArray()),
        new Message.Clocks(vnodes, clocks),
        new Message.Pull(vnode, vector(chance)),
        new Message.Pulled(vnode, many, chance.nextBoolean(), chance.nextBoolean()),
        new Message.RowsPull(vnode, bytes(chance)),
        new Message.Rows(vnode, bytes(chance), bytes(chance), bytes(chance), vector(chance), vector(chance)),
        new Message.LeaseRequest(chance.nextLong(), bits(chance), bits(chance), chance.longs(n + 1, 0, Long.MAX_VALUE).toArray()),
        new Message.LeaseGrant(chance.nextLong(), bits(chance), bits(chance), vnodes, clocks),
        new Message.LeaseRelease(bits(chance)),
        new Message.Ready(bits(chance)),
        new Message.Forward(number(chance), vnode, chance.nextBoolean(), terms(chance), bytes(chance)),
        new Message.ForwardAll(number(chance), bits(chance), bytes(chance)),
        new Message.Answer(number(chance), Outcome.values()[chance.nextInt(Outcome.values().length)], bytes(chance), bits(chance),
            vector(chance)),
        new Message.RingView(bytes(chance), chance.nextLong()),
        new Message.TreeRoots(vnodes, clocks, chance.longs(n).toArray()),
        new Message.TreeVerdicts(vnodes, verdicts(n, chance)),
        new Message.TreeLeaves(vnode, vector(chance), chance.longs(n).toArray()),
        new Message.TreeDiffers(vnode, verdicts(1, chance)[0], bits(chance)),
        new Message.KeyDigests(vnode, vector(chance), chance.nextInt(128), bytes(chance), bytes(chance), many,
            chance.longs(n).toArray()),
        new Message.KeysDiffer(vnode, verdicts(1, chance)[0], bytes(chance), many),
        new Message.KeyRows(Message.KeyRows.Purpose.values()[chance.nextInt(4)], vnode, vector(chance), bytes(chance), bytes(chance),
            bytes(chance), chance.nextInt(1000), bytes(chance)),
        new Message.Damaged(bits(chance)),
        new Message.RangePull(vnode, bytes(chance), bytes(chance)),
        new Message.RangeRows(vnode, bytes(chance), chance.nextBoolean(), bytes(chance), bytes(chance), vector(chance),
            vector(chance)),
        new Message.Hint(chance.nextBoolean(), bytes(chance)),
        new Message.HintAsk(bits(chance)),
        new Message.HandOver(number(chance), vnode, many),
        new Message.HintClocks(number(chance), vnodes, clocks),
        new Message.WallTime(chance.nextBoolean(), chance.nextLong(), chance.nextLong()),
        new Message.ReadProbe(number(chance), vnode, many),
        new Message.ReadVouch(number(chance), chance.nextBoolean(), vector(chance), chance.longs(n).toArray()),
        new Message.ReadRows(number(chance), chance.nextBoolean(), vnode, bytes(chance), vector(chance), bytes(chance)),
        new Message.WaitFor(number(chance), chance.nextBoolean(), vnodes, clocks),
        new Message.Waited(number(chance), bits(chance)),
        new Message.Views(vnodes, views(n, chance)),
        new Message.ViewPrepare(vnode, number(chance), ballot(chance)),
        new Message.ViewPromise(vnode, number(chance), ballot(chance), new ViewVote(ballot(chance), ballot(chance), owners(chance))),
        new Message.ViewAccept(vnode, number(chance), ballot(chance), owners(chance)),
        new Message.ViewAccepted(vnode, number(chance), ballot(chance), ballot(chance)),
        new Message.ViewsHash(chance.nextLong()),
        new Message.Sizes(vnodes, chance.longs(n, 0, Long.MAX_VALUE).toArray()),
        new Message.Progress(chance.nextInt(1024), chance.nextInt(64), chance.nextInt(1024), number(chance)));
  }

  private static List<String> owners(Random chance) {
    List<String> owners = new ArrayList<>();
    for (int n = 1 + chance.nextInt(VnodeView.OWNERS_MAX); n > 0; n--) {
      owners.add("node-" + n);
    }
    return owners;
  }

  private static Ballot ballot(Random chance) {
    return new Ballot(number(chance), "node-" + chance.nextInt(9));
  }

  private static List<VnodeView> views(int n, Random chance) {
    List<VnodeView> views = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      views.add(chance.nextBoolean() ? VnodeView.UNKNOWN : new VnodeView(1 + number(chance) / 2, owners(chance)));
    }
    return views;
  }

  private static Terms terms(Random chance) {
    int[] writeOwners = {Terms.AS_CONFIGURED, 1, Terms.OWNERS_MAX, Terms.MAJORITY, Terms.ALL};
    return new Terms(writeOwners[chance.nextInt(writeOwners.length)], ReadLevel.values()[chance.nextInt(4)], vector(chance),
        chance.nextBoolean());
  }

  /** A bundle somewhere in an array: where is the sender's affair. */
  private static Message.Ship ship(Random chance) {
    byte[] array = bytes(chance);
    int from = chance.nextInt(array.length + 1);
    return new Message.Ship(array, from, from + chance.nextInt(array.length + 1 - from));
  }

  static String text(Object message) throws ReflectiveOperationException {
    if (message instanceof Message.Ship ship) {
      return "Ship " + Arrays.toString(ship.bundle());
    }
    StringBuilder text = new StringBuilder(message.getClass().getSimpleName());
    for (RecordComponent part : message.getClass().getRecordComponents()) {
      Object value = part.getAccessor().invoke(message);
      text.append(' ').append(Arrays.deepToString(
          new Object[] {value instanceof List<?> list ? list.toArray() : value}));
    }
    return text.toString();
  }

  @Property(tries = 500)
  void everyMessageIsReadAsItWasWritten(@ForAll long seed) throws ReflectiveOperationException {
    for (Message message : one(new Random(seed))) {
      byte[] wire = codec.encode(message);
      assertEquals(text(message), text(codec.decode(wire)));
      assertThrows(WireFormatException.class, () -> codec.decode(Arrays.copyOf(wire, wire.length - 1)));
    }
    assertEquals(MessageTypes.all().size(), one(new Random(seed)).size());
  }

  @Property(tries = 500)
  void aBundleIsReadAsItWasWritten(@ForAll long seed) {
    Random chance = new Random(seed);
    int vnode = chance.nextInt(1 << 16);
    long actor = 1 + (chance.nextLong() >>> 17);
    long seq = 1 + number(chance) / 2;
    long hlc = chance.nextLong();
    VersionVector deps = chance.nextBoolean() ? null : vector(chance);
    byte[] body = bytes(chance);
    int offset = chance.nextInt(12);
    Bytes out = new Bytes(8).raw(new byte[offset]);
    Bundle.writeHeader(out, vnode, actor, seq, hlc, deps);
    Bundle read = Bundle.read(out.raw(body).copy(), offset);
    assertEquals(List.of(vnode, actor, seq, hlc), List.of(read.vnode(), read.actor(), read.seq(), read.hlc()));
    assertEquals(deps, read.deps());
    assertArrayEquals(body, read.body().rest());
  }

  /** Frozen: logs and peers of an earlier version must be read. */
  @Test
  void theBundleFormatIsFrozen() {
    Bytes out = new Bytes(8);
    Bundle.writeHeader(out, 5, 0xA1, 300, 7, VersionVector.of(0xB2, 9));
    assertEquals("01" + "0005" + "0000000000a1" + "ac02" + "0000000000000007" + "01" + "01" + "0000000000b2" + "09",
        HexFormat.of().formatHex(out.copy()));
    byte[] other = out.copy();
    other[0] = 2;
    assertThrows(FormatException.class, () -> Bundle.read(other, 0));
  }
}
