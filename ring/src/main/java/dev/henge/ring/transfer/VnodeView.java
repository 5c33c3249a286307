package dev.henge.ring.transfer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who owns a vnode: its owners, the natural primary first, in one epoch of their sequence.
 *
 * <p>Two neighbouring epochs have the same owners in another order, or one owner more, or one fewer. Then any majority
 * of the one and any majority of the other have an owner in common, so that neither two executors nor a lost write can
 * come of a change (Ongaro, "Consensus: Bridging Theory and Practice", 2014, section 4.1). {@link #towards} chooses
 * such steps.
 *
 * @param epoch counts from 1, the owners that the ring was formed with; 0 is for who does not know them
 */
public record VnodeView(long epoch, List<String> owners) {

  /** Not known. */
  public static final VnodeView UNKNOWN = new VnodeView(0, List.of());

  /** The most owners of a vnode while it moves: one more than N can be. */
  public static final int OWNERS_MAX = 8;

  public VnodeView {
    owners = List.copyOf(owners);
    if (epoch < 0 || epoch == 0 != owners.isEmpty() || owners.size() > OWNERS_MAX
        || new HashSet<>(owners).size() != owners.size()) {
      throw new IllegalArgumentException("no view: epoch " + epoch + " of " + owners);
    }
  }

  public boolean known() {
    return epoch > 0;
  }

  public boolean has(String node) {
    return owners.contains(node);
  }

  public int majority() {
    return owners.size() / 2 + 1;
  }

  /** The next epoch with these owners. */
  public VnodeView next(List<String> following) {
    return new VnodeView(epoch + 1, following);
  }

  /** Whether the next epoch may have these owners. */
  public boolean mayBecome(List<String> following) {
    Set<String> here = new HashSet<>(owners);
    Set<String> there = new HashSet<>(following);
    Set<String> both = new HashSet<>(here);
    both.retainAll(there);
    return !there.isEmpty() && there.size() == following.size() && following.size() <= OWNERS_MAX
        && here.size() + there.size() - 2 * both.size() <= 1 && !following.equals(owners);
  }

  /**
   * Who decides the next epoch: the owners. If operators declared a majority of them dead for good, the others do, who
   * have then to go on by themselves: what only the dead had is lost. If none is left, the owners again: the vnode is
   * lost until one of the dead turns up.
   */
  public List<String> voters(Collection<String> gone) {
    List<String> left = new ArrayList<>(owners);
    left.removeAll(gone);
    return left.isEmpty() || left.size() >= majority() ? owners : List.copyOf(left);
  }

  /** Whether these voters may decide that the next epoch has these owners. */
  public boolean mayBecome(List<String> following, List<String> voters) {
    return voters.size() == owners.size() ? mayBecome(following) : following.equals(voters);
  }

  /**
   * Whether some voters might have decided so: a neighbour, or what was left of owners of whom a majority was declared
   * dead. A voter asks this, and not who is declared dead by now: what others have accepted has to be put to the vote
   * again also by who knows more, or less, of the dead than its first proposer.
   */
  public boolean couldBecome(List<String> following) {
    return mayBecome(following) || !following.isEmpty() && !following.equals(owners) && owners.containsAll(following);
  }

  /**
   * The owners of the next epoch on the way to {@code target}, or null if there is nothing to do now.
   *
   * <p>Whoever is too many goes before the next one comes, so that there is never more than one owner too many. Owners of
   * the target stand first, in its order: so an executor that is to go hands over to one of them before.
   *
   * @param self    the node that executes the vnode's commands; it never removes itself
   * @param ready   nodes of the target that have all that an owner must have
   * @param leaving owners that may go now, the first first
   */
  public List<String> towards(List<String> target, String self, Collection<String> ready, Collection<String> leaving) {
    List<String> extra = new ArrayList<>(owners);
    extra.removeAll(target);
    if (owners.size() > target.size() || owners.containsAll(target)) {
      for (String node : leaving) {
        if (!node.equals(self) && extra.contains(node)) {
          return without(node, target);
        }
      }
    }
    if (owners.size() <= target.size()) {
      for (String node : target) {
        if (!has(node) && ready.contains(node)) {
          List<String> more = new ArrayList<>(owners);
          more.add(node);
          return ordered(more, target);
        }
      }
    }
    List<String> ordered = ordered(owners, target);
    return ordered.equals(owners) ? null : ordered;
  }

  private List<String> without(String node, List<String> target) {
    List<String> fewer = new ArrayList<>(owners);
    fewer.remove(node);
    return ordered(fewer, target);
  }

  private static List<String> ordered(List<String> nodes, List<String> target) {
    List<String> ordered = new ArrayList<>(target);
    ordered.retainAll(nodes);
    for (String node : nodes) {
      if (!ordered.contains(node)) {
        ordered.add(node);
      }
    }
    return ordered;
  }
}
