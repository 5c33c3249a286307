package dev.henge.ring.replica;

import dev.henge.gossip.wire.WireFormatException;
import dev.henge.gossip.wire.WireInput;
import dev.henge.gossip.wire.WireOutput;
import dev.henge.ring.transfer.Ballot;
import dev.henge.ring.transfer.ViewVote;
import dev.henge.ring.transfer.VnodeView;
import java.util.ArrayList;
import java.util.List;

/** How what is said of views is written on the wire. */
final class ViewTypes {

  private ViewTypes() {
  }

  static void ballot(WireOutput out, Ballot ballot) {
    out.varint(ballot.number());
    out.string(ballot.by());
  }

  static Ballot ballot(WireInput in) {
    return new Ballot(in.varint(), in.string());
  }

  static void owners(WireOutput out, List<String> owners) {
    out.varint(owners.size());
    owners.forEach(out::string);
  }

  static List<String> owners(WireInput in) {
    int count = MessageTypes.count(in);
    if (count > VnodeView.OWNERS_MAX) {
      throw new WireFormatException(count + " owners of a vnode");
    }
    List<String> owners = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      owners.add(in.string());
    }
    return owners;
  }

  private static VnodeView view(long epoch, List<String> owners) {
    try {
      return new VnodeView(epoch, owners);
    } catch (IllegalArgumentException e) {
      throw new WireFormatException(e.getMessage());
    }
  }

  static void writeViews(Message.Views m, WireOutput out) {
    out.varint(m.vnodes().length);
    for (int i = 0; i < m.vnodes().length; i++) {
      out.u16(m.vnodes()[i]);
      out.varint(m.views().get(i).epoch());
      owners(out, m.views().get(i).owners());
    }
  }

  static Message.Views readViews(WireInput in) {
    int[] vnodes = new int[MessageTypes.count(in)];
    List<VnodeView> views = new ArrayList<>(vnodes.length);
    for (int i = 0; i < vnodes.length; i++) {
      vnodes[i] = in.u16();
      views.add(view(in.varint(), owners(in)));
    }
    return new Message.Views(vnodes, views);
  }

  static void writePromise(Message.ViewPromise m, WireOutput out) {
    out.u16(m.vnode());
    out.varint(m.epoch());
    ballot(out, m.ballot());
    ballot(out, m.vote().promised());
    ballot(out, m.vote().accepted());
    owners(out, m.vote().owners());
  }

  static Message.ViewPromise readPromise(WireInput in) {
    return new Message.ViewPromise(in.u16(), in.varint(), ballot(in), new ViewVote(ballot(in), ballot(in), owners(in)));
  }

  static void writeSizes(Message.Sizes m, WireOutput out) {
    out.varint(m.vnodes().length);
    for (int vnode : m.vnodes()) {
      out.u16(vnode);
    }
    MessageTypes.varints(out, m.bytes());
  }

  static Message.Sizes readSizes(WireInput in) {
    int[] vnodes = MessageTypes.vnodes(in);
    long[] bytes = MessageTypes.varints(in);
    if (bytes.length != vnodes.length) {
      throw new WireFormatException(bytes.length + " sizes of " + vnodes.length + " vnodes");
    }
    return new Message.Sizes(vnodes, bytes);
  }
}
