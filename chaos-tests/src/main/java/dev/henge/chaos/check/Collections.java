package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges sets and sorted sets whose members are added once each: none that was acknowledged is lost unless something
 * that may have observed it removed it, none that was removed is seen again, and while the vnode is exclusive no
 * member is popped twice.
 */
final class Collections {

  private final Judge judge;
  private final String key;

  /** The commands that add, by member. */
  private final TreeMap<String, Op> adds = new TreeMap<>();

  private final List<Op> removes = new ArrayList<>();
  private final List<Op> pops = new ArrayList<>();
  private final List<Op> deletes = new ArrayList<>();
  private final List<Op> reads = new ArrayList<>();

  private Collections(Judge judge, String key, List<Op> ops) {
    this.judge = judge;
    this.key = key;
    for (Op op : ops) {
      switch (op.name()) {
        case "SADD" -> add(op, op.arg(2));
        case "ZADD" -> add(op, op.arg(3));
        case "SREM", "ZREM" -> removes.add(op);
        case "SPOP", "ZPOPMIN" -> pops.add(op);
        case "DEL" -> deletes.add(op);
        default -> reads.add(op);
      }
    }
  }

  static void check(Judge judge, String key, List<Op> ops, Op last) {
    Collections all = new Collections(judge, key, ops);
    all.known();
    if (judge.lasts()) {
      all.present(last);
      all.absent(last);
    }
    Collections exclusive = new Collections(judge, key, judge.exclusive(key, ops));
    for (Op read : exclusive.reads) {
      if (read.done()) {
        exclusive.present(read);
        exclusive.absent(read);
        exclusive.deleted(read);
      }
    }
    exclusive.deleted(last);
    new Collections(judge, key, judge.unique(key, ops)).poppedOnce();
  }

  private void add(Op op, String member) {
    if (op.may()) {
      adds.put(member, op);
    }
  }

  private static List<String> popped(Op op) {
    List<String> texts = op.texts();
    return op.is("ZPOPMIN") && texts.size() > 1 ? texts.subList(0, 1) : texts;
  }

  private void known() {
    for (Op read : reads) {
      for (String member : read.done() ? read.texts() : List.<String>of()) {
        Op add = adds.get(member);
        if (add == null || add.startNanos > read.endNanos) {
          throw judge.fail(key, "has a member that nobody had added, " + member + ": " + read);
        }
      }
    }
  }

  /** What was added before the read, and cannot have been removed before its end, is there. */
  private void present(Op read) {
    long doubtfulPops = pops.stream().filter(op -> op.end == Op.End.IN_DOUBT && op.startNanos < read.endNanos).count();
    Set<String> there = new HashSet<>(read.texts());
    for (var add : adds.entrySet()) {
      String member = add.getKey();
      if (add.getValue().before(read) && !there.contains(member) && !mayBeGone(member, add.getValue(), read) && --doubtfulPops < 0) {
        throw judge.fail(key, "has lost " + member + ", " + add.getValue() + ", as seen by " + read);
      }
    }
  }

  private boolean mayBeGone(String member, Op add, Op read) {
    for (Op remove : removes) {
      if (remove.arg(2).equals(member) && remove.may() && remove.startNanos < read.endNanos
          && !(remove.done() && remove.number() == 0)) {
        return true;
      }
    }
    for (Op pop : pops) {
      if (pop.done() && popped(pop).contains(member)) {
        return true;
      }
    }
    for (Op delete : deletes) {
      if (delete.may() && delete.startNanos < read.endNanos && delete.latestNanos() >= add.startNanos) {
        return true;
      }
    }
    return false;
  }

  /** What was removed before the read is not there. */
  private void absent(Op read) {
    for (String member : read.texts()) {
      for (Op remove : removes) {
        if (remove.before(read) && remove.number() > 0 && remove.arg(2).equals(member)) {
          throw judge.fail(key, "has " + member + " again, which was removed by " + remove + ", as seen by " + read);
        }
      }
      for (Op pop : pops) {
        if (pop.before(read) && popped(pop).contains(member)) {
          throw judge.fail(key, "has " + member + " again, which was popped by " + pop + ", as seen by " + read);
        }
      }
    }
  }

  /** What had been added when the key was deleted is not there. */
  private void deleted(Op read) {
    for (String member : read.texts()) {
      Op add = adds.get(member);
      for (Op delete : deletes) {
        if (add != null && delete.before(read) && add.before(delete)) {
          throw judge.fail(key, "has " + member + " again, added by " + add + " and deleted by " + delete + ", as seen by " + read);
        }
      }
    }
  }

  private void poppedOnce() {
    TreeMap<String, Op> by = new TreeMap<>();
    for (Op pop : pops) {
      for (String member : pop.done() ? popped(pop) : List.<String>of()) {
        Op earlier = by.put(member, pop);
        if (earlier != null) {
          throw judge.fail(key, member + " was popped twice: " + earlier + " and " + pop);
        }
        if (!adds.containsKey(member)) {
          throw judge.fail(key, member + " was popped and never added: " + pop);
        }
      }
    }
  }
}
