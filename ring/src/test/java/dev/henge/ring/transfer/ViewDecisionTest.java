package dev.henge.ring.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The owners of a vnode decide its next owners while messages are lost, late and out of order, attempts cross each
 * other, and now and then an owner's disk forgets what it said. Whatever happens, one set of owners is decided.
 */
class ViewDecisionTest {

  private static final int SEEDS = 4_000;
  private static final int STEPS = 800;

  /** {@code to} answers {@code from}'s attempt, or is asked by it. */
  private record Mail(int from, int to, boolean answer, boolean accept, Ballot ballot, List<String> value,
      ViewVote vote) {}

  private static final class Model {
    final SplittableRandom chance;
    final VnodeView view;
    final ViewVote[] votes;
    final ViewProposal[] attempts;
    final long[] highest;
    final int[] lives;
    final List<Mail> mail = new ArrayList<>();
    final Set<List<String>> decided = new HashSet<>();
    int forgot;
    int woke;

    Model(long seed) {
      chance = new SplittableRandom(seed);
      List<String> owners = List.of("a", "b", "c", "d", "e").subList(0, chance.nextInt(2, 6));
      view = new VnodeView(7, owners);
      votes = new ViewVote[owners.size()];
      attempts = new ViewProposal[owners.size()];
      highest = new long[owners.size()];
      lives = new int[owners.size()];
      java.util.Arrays.fill(votes, ViewVote.NONE);
    }

    void run() {
      for (int n = 0; n < STEPS; n++) {
        switch (chance.nextInt(40)) {
          case 0 -> propose(chance.nextInt(votes.length));
          case 1 -> forget(chance.nextInt(votes.length));
          case 2, 3 -> wake();
          default -> deliver();
        }
        assertTrue(decided.size() <= 1, "decided: " + decided);
      }
    }

    String name(int node) {
      return view.owners().get(node);
    }

    Ballot ballot(int node) {
      return new Ballot(++highest[node], name(node) + lives[node]);
    }

    void propose(int node) {
      List<String> wanted = new ArrayList<>(view.owners());
      wanted.add("n" + chance.nextInt(4));
      attempts[node] = new ViewProposal(view, view.owners(), ballot(node), wanted, 0);
      ask(node, view.owners(), false, null);
    }

    void ask(int node, List<String> of, boolean accept, List<String> value) {
      for (int to = 0; to < votes.length; to++) {
        if (of.contains(name(to))) {
          mail.add(new Mail(node, to, false, accept, attempts[node].ballot(), value, null));
        }
      }
    }

    /** One owner at a time: of more, a majority may be lost. */
    void forget(int node) {
      for (ViewVote vote : votes) {
        if (vote.equals(ViewVote.SILENT)) {
          return;
        }
      }
      votes[node] = ViewVote.SILENT;
      attempts[node] = null;
      highest[node] = 0;
      lives[node]++;
      forgot++;
    }

    void wake() {
      for (int node = 0; node < votes.length; node++) {
        if (votes[node].equals(ViewVote.SILENT)) {
          List<String> others = new ArrayList<>(view.owners());
          others.remove(name(node));
          attempts[node] = ViewProposal.waking(view, others, ballot(node), 0);
          ask(node, others, false, null);
        }
      }
    }

    void deliver() {
      if (mail.isEmpty()) {
        return;
      }
      int at = chance.nextInt(mail.size());
      Mail m = chance.nextInt(20) == 0 ? mail.get(at) : mail.remove(at); // some come twice
      if (chance.nextInt(10) == 0) {
        return;
      }
      if (m.answer()) {
        answered(m);
      } else {
        asked(m);
      }
    }

    void asked(Mail m) {
      if (votes[m.to()].promises(m.ballot())) {
        votes[m.to()] = m.accept() ? votes[m.to()].accept(m.ballot(), m.value()) : votes[m.to()].promise(m.ballot());
      }
      mail.add(new Mail(m.to(), m.from(), true, m.accept(), m.ballot(), null, votes[m.to()]));
    }

    void answered(Mail m) {
      int node = m.to();
      ViewProposal p = attempts[node];
      if (p == null || !p.ballot().equals(m.ballot())) {
        return;
      }
      if (!m.vote().promised().equals(m.ballot())) {
        highest[node] = m.vote().promised().equals(Ballot.NEVER) ? highest[node]
            : Math.max(highest[node], m.vote().promised().number());
        return;
      }
      if (m.accept()) {
        if (p.accepted(name(m.from()))) {
          decided.add(p.decided().owners());
        }
      } else if (p.promised(name(m.from()), m.vote().accepted(), m.vote().owners())) {
        if (p.waking()) {
          votes[node] = p.vote();
          attempts[node] = null;
          woke++;
        } else {
          ask(node, view.owners(), true, p.value());
        }
      }
    }
  }

  @Test
  void oneIsDecidedWhateverIsForgotten() {
    int decided = 0;
    int forgot = 0;
    int woke = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Model model = new Model(seed);
      try {
        model.run();
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      decided += model.decided.size();
      forgot += model.forgot;
      woke += model.woke;
    }
    assertTrue(decided > SEEDS / 2, decided + " of " + SEEDS + " decided");
    assertTrue(woke > SEEDS && woke > forgot / 2, forgot + " forgot, and " + woke + " take part again");
  }

  @Test
  void anAttemptOfWhoTakesPartInNoneIsNoneToGoAbove() {
    assertEquals(-1, Integer.signum(new Ballot(Long.MAX_VALUE - 1, "z").compareTo(Ballot.NEVER)));
    assertTrue(!ViewVote.SILENT.promises(new Ballot(1, "a")));
  }
}
