package dev.henge.ring.replica;

import dev.henge.ring.transfer.Ballot;
import dev.henge.ring.transfer.ViewProposal;
import dev.henge.ring.transfer.ViewVote;
import dev.henge.ring.transfer.VnodeView;
import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.version.Mutant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the owners of a vnode decide who owns it in the next epoch: this node's votes, and the attempts that it drives.
 * {@link Views} says why that is safe.
 *
 * <p>A vote is said once this node's log has it for good. An owner that has not answered after a while is asked again:
 * it may not have known the epoch, or have lent its lease in an earlier one.
 *
 * <pre>
 * votes of a vnode : promised ballot | accepted ballot | accepted owners
 * </pre>
 */
final class ViewDecisions {

  private static final Logger LOG = LoggerFactory.getLogger(ViewDecisions.class);

  /** Decisions that this node drives at once; others follow. */
  private static final int PROPOSALS_MAX = 256;

  /** Answers that wait for the log; further questions are not answered, and come again. */
  private static final int SAYING_MAX = 4_096;

  /** An attempt waits for two syncs of an owner's log: a tenth of a second in all, and some seconds on a bad day. */
  private static final long PROPOSAL_NANOS = 6_000_000_000L;

  private static final long ASK_AGAIN_NANOS = 200_000_000L;

  /** Longer than an attempt takes: who has forgotten its votes gives another that it has under way up for this. */
  private static final long WAKE_NANOS = 10_000_000_000L;

  private final Shard shard;
  private final Views views;
  private final ViewVote[] votes;

  /** The highest number of an attempt that was heard of. */
  private final long[] highest;

  private final Map<Integer, ViewProposal> proposals = new TreeMap<>();
  private final ArrayDeque<Said> saying = new ArrayDeque<>();

  /** Whether the votes that are read were not the last ones. */
  private boolean forgetful;

  private long nextAskAgainNanos;
  private long nextWakeNanos;

  /** Whether others have had the time to tell this process what they know. */
  private boolean begun;

  /** What is said once the log is durable up to {@code end}. */
  private record Said(String to, Message message, long end) {}

  ViewDecisions(Shard shard, Views views, int vnodes) {
    this.shard = shard;
    this.views = views;
    this.votes = new ViewVote[vnodes];
    this.highest = new long[vnodes];
    Arrays.fill(votes, ViewVote.NONE);
  }

  /** Whether the owners of a vnode are deciding, as far as this node has asked them to. */
  boolean deciding(int vnode) {
    return proposals.containsKey(vnode);
  }

  boolean idle() {
    return proposals.isEmpty() && saying.isEmpty();
  }

  // ---------------------------------------------------------------- what was said

  /** What is read of votes is older than what was said. */
  void forget() {
    forgetful = true;
    Arrays.fill(votes, ViewVote.SILENT);
  }

  /** What was said of a vnode cannot be read. */
  void forget(int vnode) {
    votes[vnode] = ViewVote.SILENT;
  }

  /** Whether this node has forgotten what it said of a vnode's next owners, and may not know its last ones. */
  boolean silent(int vnode) {
    return votes[vnode].silent();
  }

  /** A vnode's next epoch has begun: what was said of it is said of another one from now on. */
  void over(int vnode) {
    votes[vnode] = votes[vnode].silent() ? ViewVote.SILENT : ViewVote.NONE;
    proposals.remove(vnode);
  }

  void restore(int vnode, ByteReader in) {
    ViewVote vote = new ViewVote(ballot(in), ballot(in), Views.owners(in));
    votes[vnode] = forgetful ? ViewVote.SILENT : vote;
  }

  void state(int vnode, Bytes out) {
    ballot(out, votes[vnode].promised());
    ballot(out, votes[vnode].accepted());
    Views.owners(out, votes[vnode].owners());
  }

  private static void ballot(Bytes out, Ballot ballot) {
    out.varint(ballot.number()).block(ballot.by().getBytes(StandardCharsets.UTF_8));
  }

  private static Ballot ballot(ByteReader in) {
    return new Ballot(in.varint(), new String(in.block(), StandardCharsets.UTF_8));
  }

  // ---------------------------------------------------------------- attempts

  /** Has the vnode's owners decide who owns it in the next epoch. */
  void propose(int vnode, List<String> wanted, long nowNanos) {
    List<String> voters = views.view(vnode).voters(shard.transfers.gone());
    boolean may = views.view(vnode).mayBecome(wanted, voters) || shard.config.rules().broken(Mutant.TWO_STEPS_AT_ONCE);
    if (proposals.size() >= PROPOSALS_MAX || proposals.containsKey(vnode) || !may) {
      return;
    }
    if (shard.config.rules().broken(Mutant.VIEW_WITHOUT_MAJORITY)) {
      decided(vnode, views.view(vnode).next(wanted));
      return;
    }
    heard(vnode, votes[vnode].promised());
    Ballot ballot = new Ballot(++highest[vnode], Long.toHexString(shard.config.actor()));
    proposals.put(vnode, new ViewProposal(views.view(vnode), voters, ballot, wanted, nowNanos + PROPOSAL_NANOS));
    toOwners(vnode, new Message.ViewPrepare(vnode, views.epoch(vnode), ballot));
  }

  private void toOwners(int vnode, Message message) {
    views.view(vnode).owners().forEach(owner -> ask(owner, message));
  }

  private void ask(String owner, Message message) {
    if (owner.equals(shard.config.self())) {
      asked(owner, message);
    } else {
      shard.transport.send(owner, message);
    }
  }

  private void askAgain(long nowNanos) {
    for (Map.Entry<Integer, ViewProposal> entry : List.copyOf(proposals.entrySet())) {
      int v = entry.getKey();
      ViewProposal p = entry.getValue();
      if (p.late(nowNanos + PROPOSAL_NANOS - ASK_AGAIN_NANOS)) {
        Message message = p.asking() ? new Message.ViewAccept(v, views.epoch(v), p.ballot(), p.value())
            : new Message.ViewPrepare(v, views.epoch(v), p.ballot());
        p.missing().forEach(owner -> ask(owner, message));
      }
    }
  }

  private void asked(String from, Message message) {
    if (message instanceof Message.ViewPrepare m && mayVote(from, m.vnode(), m.epoch())) {
      int v = m.vnode();
      if (votes[v].promises(m.ballot()) && !votes[v].promised().equals(m.ballot())) {
        votes[v] = votes[v].promise(m.ballot());
        views.record(v);
      }
      say(from, new Message.ViewPromise(v, m.epoch(), m.ballot(), votes[v]));
    } else if (message instanceof Message.ViewAccept m && mayVote(from, m.vnode(), m.epoch())
        && (views.view(m.vnode()).couldBecome(m.owners()) || shard.config.rules().broken(Mutant.TWO_STEPS_AT_ONCE))) {
      int v = m.vnode();
      if (votes[v].promises(m.ballot()) && !votes[v].accepted().equals(m.ballot())) {
        votes[v] = votes[v].accept(m.ballot(), m.owners());
        views.record(v);
      }
      say(from, new Message.ViewAccepted(v, m.epoch(), m.ballot(), votes[v].promised()));
    }
  }

  /** Has an owner that has forgotten what it said in a decision take part again; see {@link ViewProposal#waking}. */
  private void wake(int vnode, long nowNanos) {
    VnodeReplica r = shard.replicas[vnode];
    if (r == null || !r.owned() || !r.ready) {
      return; // its silence also says that it may have forgotten what it held, until it has caught up on that
    }
    List<String> others = new ArrayList<>(r.owners);
    others.remove(shard.config.self());
    others.removeAll(shard.transfers.gone());
    Ballot ballot = new Ballot(++highest[vnode], Long.toHexString(shard.config.actor()));
    ViewProposal waking = ViewProposal.waking(views.view(vnode), others, ballot, nowNanos + PROPOSAL_NANOS);
    if (others.isEmpty()) {
      awake(vnode, waking.vote());
      return;
    }
    proposals.put(vnode, waking);
    others.forEach(owner -> ask(owner, new Message.ViewPrepare(vnode, views.epoch(vnode), ballot)));
  }

  private void awake(int vnode, ViewVote vote) {
    LOG.info("vnode {}: what was said of its next owners was forgotten, and is known again", vnode);
    proposals.remove(vnode);
    votes[vnode] = vote;
    views.record(vnode);
  }

  private boolean mayVote(String from, int vnode, long epoch) {
    if (!views.inEpoch(shard.peer(from), vnode, epoch) || !shard.writable() || saying.size() >= SAYING_MAX) {
      return false;
    }
    VnodeReplica r = shard.replicas[vnode];
    return r != null && r.owned() && shard.leases.grants.mayVote(r, shard.nowNanos());
  }

  private void say(String to, Message message) {
    saying.add(new Said(to, message, shard.log.appended()));
    shard.log.syncSoon();
  }

  /** Says what the log has for good by now. */
  void durable(long position) {
    while (!saying.isEmpty() && saying.peekFirst().end() <= position) {
      Said said = saying.pollFirst();
      if (said.to().equals(shard.config.self())) {
        answered(said.to(), said.message());
      } else {
        shard.transport.send(said.to(), said.message());
      }
    }
  }

  private void answered(String from, Message message) {
    if (message instanceof Message.ViewPromise m) {
      ViewProposal p = proposal(m.vnode(), m.epoch(), m.ballot(), m.vote().promised());
      boolean enough = p != null && p.promised(from, m.vote().accepted(), m.vote().owners());
      if (enough && p.waking()) {
        awake(m.vnode(), p.vote());
      } else if (enough) {
        toOwners(m.vnode(), new Message.ViewAccept(m.vnode(), m.epoch(), m.ballot(), p.value()));
      }
    } else if (message instanceof Message.ViewAccepted m) {
      ViewProposal p = proposal(m.vnode(), m.epoch(), m.ballot(), m.promised());
      if (p != null && p.accepted(from)) {
        decided(m.vnode(), p.decided());
      }
    }
  }

  private void decided(int vnode, VnodeView view) {
    LOG.debug("vnode {}: {}", vnode, view);
    views.adopt(vnode, view);
    views.tellAll(vnode);
  }

  /** The attempt that an answer belongs to, or null; one that an owner has promised not to take part in is given up. */
  private ViewProposal proposal(int vnode, long epoch, Ballot ballot, Ballot promised) {
    ViewProposal p = proposals.get(vnode);
    if (p == null || p.view().epoch() != epoch || !p.ballot().equals(ballot)) {
      return null;
    }
    if (!promised.equals(ballot)) {
      heard(vnode, promised);
      if (promised.equals(Ballot.NEVER) && p.waking()) {
        return p; // it has forgotten as well, and cannot say more
      }
      if (!promised.equals(Ballot.NEVER)) {
        proposals.remove(vnode); // who takes part in no attempt at all stops none
        if (p.waking()) {
          wake(vnode, shard.nowNanos());
        }
      }
      return null;
    }
    return p;
  }

  private void heard(int vnode, Ballot promised) {
    if (!promised.equals(Ballot.NEVER)) {
      highest[vnode] = Math.max(highest[vnode], promised.number());
    }
  }

  // ---------------------------------------------------------------- messages and time

  boolean received(PeerLink peer, Message message) {
    if (message instanceof Message.ViewPrepare || message instanceof Message.ViewAccept) {
      asked(peer.id, message);
    } else if (message instanceof Message.ViewPromise || message instanceof Message.ViewAccepted) {
      answered(peer.id, message);
    } else {
      return false;
    }
    return true;
  }

  void tick(long nowNanos) {
    proposals.values().removeIf(p -> p.late(nowNanos));
    if (nowNanos >= nextAskAgainNanos) {
      nextAskAgainNanos = nowNanos + ASK_AGAIN_NANOS;
      askAgain(nowNanos);
    }
    if (nowNanos >= nextWakeNanos) {
      for (int v = 0; v < votes.length && begun && shard.writable(); v++) {
        if (votes[v].silent()) {
          wake(v, nowNanos);
        }
      }
      nextWakeNanos = nowNanos + WAKE_NANOS;
      begun = true;
    }
  }
}
