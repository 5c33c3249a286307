package dev.henge.resp.session;

import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.util.ArrayList;
import java.util.List;

/** A ring that only notes what an operator asks of it; the test says what it answers. */
public final class FakeRingAdmin implements RingAdmin {

  /** What was asked, in order, as words. */
  public final List<String> calls = new ArrayList<>();
  public final List<KnownNode> nodes = new ArrayList<>();
  public RingPlan plan = new RingPlan(List.of(), List.of(), 0, 0, 0, 0, List.of());
  public TransferStanding transfers = new TransferStanding(false, 0, 0, 0, -1, List.of());
  /** Answers every change; null lets it be done. */
  public String refusal;
  public boolean drained;

  /** A node that listens at a port of this machine. */
  public static KnownNode known(String id, int port, String standing, int owned, int due) {
    return new KnownNode(id, new NodeAddress("127.0.0.1", port, port + 10_000, port + 11_000), "", 100, standing, true,
        owned, due);
  }

  private synchronized String note(String call) {
    calls.add(call);
    return refusal;
  }

  @Override
  public String stageJoin(List<String> named) {
    return note("join " + String.join(" ", named));
  }

  @Override
  public String stageLeave(List<String> named) {
    return note("leave " + String.join(" ", named));
  }

  @Override
  public String stageRemove(List<String> named) {
    return note("remove " + String.join(" ", named));
  }

  @Override
  public String stageReplace(String old, String fresh) {
    return note("replace " + old + " " + fresh);
  }

  @Override
  public String stageReplicas(int replicas) {
    return note("replicas " + replicas);
  }

  @Override
  public String stageWeight(String node, int weight) {
    return note("weight " + node + " " + weight);
  }

  @Override
  public String unstage() {
    return note("unstage");
  }

  @Override
  public RingPlan plan() {
    return plan;
  }

  @Override
  public String commit() {
    return note("commit");
  }

  @Override
  public String cancel() {
    return note("cancel");
  }

  @Override
  public String throttle(long bytesPerSecond) {
    return note("throttle " + bytesPerSecond);
  }

  @Override
  public String pause() {
    return note("pause");
  }

  @Override
  public String resume() {
    return note("resume");
  }

  @Override
  public TransferStanding transfers() {
    return transfers;
  }

  @Override
  public String forget(String node) {
    return note("forget " + node);
  }

  @Override
  public String meet(String host, int port) {
    return note("meet " + host + " " + port);
  }

  @Override
  public String drain() {
    return note("drain");
  }

  @Override
  public String undrain() {
    return note("undrain");
  }

  @Override
  public boolean drained() {
    return drained;
  }

  @Override
  public List<KnownNode> nodes() {
    return nodes;
  }
}
