package dev.henge.ring.transfer;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One attempt to decide a vnode's next epoch: the proposer of Paxos. First a majority of the present owners promise to
 * take part in no earlier attempt and tell what they have accepted; then that, or what this attempt is for if there is
 * nothing, is put to them; what a majority accepts is decided.
 */
public final class ViewProposal {

  private final VnodeView view;
  private final List<String> voters;
  private final Ballot ballot;
  private final int quorum;
  private final boolean waking;
  private final long deadlineNanos;
  private final Set<String> promised = new HashSet<>();
  private final Set<String> accepted = new HashSet<>();
  private List<String> value;
  private Ballot valueOf = Ballot.NONE;
  private boolean asking;

  /**
   * @param voters who decides: the owners, or those whom a lost majority has left; see {@link VnodeView#voters}
   * @param wanted the owners that this attempt is for; the view must be one that may become these
   */
  public ViewProposal(VnodeView view, List<String> voters, Ballot ballot, List<String> wanted, long deadlineNanos) {
    this(view, voters, voters.size() / 2 + 1, false, ballot, List.copyOf(wanted), deadlineNanos);
  }

  private ViewProposal(VnodeView view, List<String> voters, int quorum, boolean waking, Ballot ballot, List<String> value,
      long deadlineNanos) {
    this.view = view;
    this.voters = List.copyOf(voters);
    this.quorum = quorum;
    this.waking = waking;
    this.ballot = ballot;
    this.value = value;
    this.deadlineNanos = deadlineNanos;
  }

  /**
   * An attempt of an owner that has forgotten what it said, only to take part again. Once all others have promised,
   * nothing below the ballot is accepted by anybody any more; and whatever was accepted by a majority that it was one
   * of, one of them has accepted too. So it may say what they say.
   *
   * @param others all owners but itself and who is gone for good
   */
  public static ViewProposal waking(VnodeView view, List<String> others, Ballot ballot, long deadlineNanos) {
    return new ViewProposal(view, others, others.size(), true, ballot, List.of(), deadlineNanos);
  }

  /** Whether this only is to have its owner take part again. */
  public boolean waking() {
    return waking;
  }

  /** What an owner that had forgotten it may say from now on. */
  public ViewVote vote() {
    return new ViewVote(ballot, valueOf, value);
  }

  public VnodeView view() {
    return view;
  }

  public Ballot ballot() {
    return ballot;
  }

  public boolean late(long nowNanos) {
    return nowNanos - deadlineNanos >= 0;
  }

  /** An owner has promised; returns whether the owners are to be put to the vote now. */
  public boolean promised(String owner, Ballot theirs, List<String> owners) {
    if (asking || !voters.contains(owner)) {
      return false;
    }
    promised.add(owner);
    if (theirs.compareTo(valueOf) > 0) {
      valueOf = theirs;
      value = List.copyOf(owners);
    }
    asking = promised.size() >= quorum;
    return asking;
  }

  /** Whether the owners are put to the vote; before that, promises are asked for. */
  public boolean asking() {
    return asking;
  }

  /** Who has not answered what is asked now. */
  public List<String> missing() {
    Set<String> answered = asking ? accepted : promised;
    return voters.stream().filter(owner -> !answered.contains(owner)).toList();
  }

  /** What is put to the vote. */
  public List<String> value() {
    return value;
  }

  /** An owner has accepted; returns whether it is decided now. */
  public boolean accepted(String owner) {
    return asking && voters.contains(owner) && accepted.add(owner) && accepted.size() == quorum;
  }

  /** The decision. */
  public VnodeView decided() {
    return view.next(value);
  }
}
