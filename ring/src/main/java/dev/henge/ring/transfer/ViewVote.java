package dev.henge.ring.transfer;

import java.util.List;

/**
 * What an owner has said in the decision of a vnode's next epoch: the acceptor of one round of Paxos (Lamport, "Paxos
 * Made Simple", 2001). It must be on the disk before it is said.
 *
 * @param promised no attempt below this is taken part in any more
 * @param accepted the attempt whose owners were accepted last; {@link Ballot#NONE} for none
 * @param owners   those owners
 */
public record ViewVote(Ballot promised, Ballot accepted, List<String> owners) {

  public static final ViewVote NONE = new ViewVote(Ballot.NONE, Ballot.NONE, List.of());

  /** Of who has forgotten what it said, and says nothing more in this epoch. */
  public static final ViewVote SILENT = NONE.promise(Ballot.NEVER);

  public ViewVote {
    owners = List.copyOf(owners);
  }

  public boolean silent() {
    return promised.number() == Ballot.NEVER.number();
  }

  public boolean promises(Ballot ballot) {
    return ballot.compareTo(promised) >= 0;
  }

  /** After a promise to take part in no lower attempt. */
  public ViewVote promise(Ballot ballot) {
    return new ViewVote(ballot, accepted, owners);
  }

  /** After these owners were accepted. */
  public ViewVote accept(Ballot ballot, List<String> following) {
    return new ViewVote(ballot, ballot, following);
  }
}
