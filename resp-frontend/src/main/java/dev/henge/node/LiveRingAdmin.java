package dev.henge.node;

import dev.henge.resp.session.RingAdmin;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.RingState;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.transfer.RingChanges;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** The operator's verbs on a running node: each changes the ring's state, which then spreads. */
final class LiveRingAdmin implements RingAdmin {

  private static final String NOT_FORMED = "the ring has not formed yet";

  private final String self;
  private final RingFormation formation;
  private final Shard shard;
  private final Consumer<RingState> spread;

  /** @param spread tells the other nodes of a changed state */
  LiveRingAdmin(String self, RingFormation formation, Shard shard, Consumer<RingState> spread) {
    this.self = self;
    this.formation = formation;
    this.shard = shard;
    this.spread = spread;
  }

  private String change(Function<RingChanges, RingChanges.Change> verb) {
    if (!formation.formed() || shard.placement() == null) {
      return NOT_FORMED;
    }
    RingChanges.Change change = verb.apply(new RingChanges(formation.state(), self));
    if (change.refused()) {
      return change.refusal();
    }
    if (formation.change(change.state())) {
      spread.accept(change.state());
    }
    return null;
  }

  @Override
  public String stageJoin(List<String> nodes) {
    return change(changes -> changes.stageJoin(nodes));
  }

  @Override
  public String stageLeave(List<String> nodes) {
    return change(changes -> changes.stageLeave(nodes));
  }

  @Override
  public String stageRemove(List<String> nodes) {
    return change(changes -> changes.stageRemove(nodes));
  }

  @Override
  public String stageReplace(String old, String fresh) {
    return change(changes -> changes.stageReplace(old, fresh));
  }

  @Override
  public String stageReplicas(int replicas) {
    return change(changes -> changes.stageReplicas(replicas));
  }

  @Override
  public String stageWeight(String node, int weight) {
    return change(changes -> changes.stageWeight(node, weight));
  }

  @Override
  public String unstage() {
    return change(RingChanges::unstage);
  }

  @Override
  public RingPlan plan() {
    if (!formation.formed() || shard.placement() == null) {
      return new RingPlan(List.of(), List.of(), 0, 0, 0, 0, List.of(NOT_FORMED));
    }
    return RingPlan.of(formation.state(), shard.placement(), shard.transfers().sizes(), shard::reachable);
  }

  @Override
  public String commit() {
    return change(RingChanges::commit);
  }

  @Override
  public String cancel() {
    return change(RingChanges::cancel);
  }

  @Override
  public String throttle(long bytesPerSecond) {
    return change(changes -> changes.throttle(bytesPerSecond));
  }

  @Override
  public String pause() {
    return change(RingChanges::pause);
  }

  @Override
  public String resume() {
    return change(RingChanges::resume);
  }

  @Override
  public TransferStanding transfers() {
    return shard.target() == null ? new TransferStanding(false, 0, 0, 0, 0, List.of()) : shard.transfers().standing();
  }

  @Override
  public String forget(String node) {
    List<NodeState> meant = formation.state().nodes().values().stream().filter(n -> n.id().startsWith(node)).toList();
    if (meant.size() == 1 && shard.transfers().share(meant.get(0).id())[0] > 0) {
      return "node " + meant.get(0).id() + " still owns vnodes";
    }
    return change(changes -> changes.forget(node));
  }

  @Override
  public String meet(String host, int port) {
    String address = host + ":" + port;
    boolean waits = nodes().stream().anyMatch(node -> node.standing().equals("waiting")
        && node.address().host().equals(host) && node.address().clientPort() == port);
    return waits ? stageJoin(List.of(address))
        : "no node at " + address + " waits to be taken into this ring; start one with the setting join and this ring's seeds";
  }

  @Override
  public String drain() {
    shard.drain();
    return null;
  }

  @Override
  public String undrain() {
    shard.undrain();
    return null;
  }

  @Override
  public boolean drained() {
    return shard.draining() && shard.handedOver();
  }

  @Override
  public List<KnownNode> nodes() {
    List<KnownNode> nodes = new ArrayList<>();
    RingState state = formation.state();
    for (NodeState node : state.nodes().values()) {
      int[] share = shard.transfers().share(node.id());
      boolean seated = state.goal().flatMap(goal -> goal.seat(node.id())).isPresent();
      String standing;
      if (state.goal().isEmpty()) {
        standing = "forming";
      } else if (seated) {
        standing = share[0] < share[1] ? "joining" : "up";
      } else {
        standing = share[0] > 0 ? "leaving" : "waiting";
      }
      String zone = state.goal().flatMap(goal -> goal.seat(node.id())).map(seat -> seat.zone()).orElse(node.zone());
      int weight = state.goal().flatMap(goal -> goal.seat(node.id())).map(seat -> seat.weight()).orElse(node.weight());
      nodes.add(new KnownNode(node.id(), node.address(), zone, weight, standing, shard.reachable(node.id()), share[0], share[1]));
    }
    return nodes;
  }
}
