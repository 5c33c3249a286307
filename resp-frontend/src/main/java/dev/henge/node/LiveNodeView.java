package dev.henge.node;

import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.KeyspaceWalk;
import dev.henge.resp.session.ClientState;
import dev.henge.resp.session.DiskLimit;
import dev.henge.resp.session.Frontend;
import dev.henge.resp.session.NodeView;
import dev.henge.ring.coordinator.Coordinator;
import dev.henge.ring.placement.NodeState;
import dev.henge.ring.placement.Placement;
import dev.henge.ring.replica.Shard;
import dev.henge.ring.replica.ShardStanding;
import dev.henge.ring.replica.DamageStanding;
import dev.henge.storage.lsm.CorruptTableException;
import dev.henge.storage.lsm.LogStanding;
import dev.henge.storage.lsm.LsmStats;
import dev.henge.storage.lsm.LsmStore;
import dev.henge.storage.type.DamagedRowsException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.function.LongSupplier;

/** What the assembled node tells of itself; asked on its loop. */
final class LiveNodeView implements NodeView {

  private final String nodeId;
  private final LiveConfig config;
  private final RingFormation formation;
  private final Shard shard;
  private final Coordinator coordinator;
  private final Frontend frontend;
  private final Clients door;
  private final LsmStore store;
  private final DiskLimit limit;
  private final TurnLengths lengths;
  private final LongSupplier wallMillis;
  private final long startMillis;

  LiveNodeView(String nodeId, LiveConfig config, RingFormation formation, Shard shard, Coordinator coordinator,
      Frontend frontend, Clients door, LsmStore store, DiskLimit limit, TurnLengths lengths,
      LongSupplier wallMillis) {
    this.nodeId = nodeId;
    this.config = config;
    this.formation = formation;
    this.shard = shard;
    this.coordinator = coordinator;
    this.frontend = frontend;
    this.door = door;
    this.store = store;
    this.limit = limit;
    this.lengths = lengths;
    this.wallMillis = wallMillis;
    this.startMillis = wallMillis.getAsLong();
  }

  @Override
  public String nodeId() {
    return nodeId;
  }

  @Override
  public LiveConfig config() {
    return config;
  }

  @Override
  public Placement placement() {
    return shard.placement();
  }

  @Override
  public int replicas() {
    return formation.state().replicas();
  }

  @Override
  public Collection<NodeState> nodes() {
    return formation.state().nodes().values();
  }

  @Override
  public boolean reachable(String id) {
    return shard.reachable(id);
  }

  @Override
  public String servedBy(int vnode) {
    return shard.candidate(vnode);
  }

  @Override
  public long ringFingerprint() {
    return formation.fingerprint();
  }

  @Override
  public int vnodesServed() {
    if (shard.placement() == null) {
      return 0;
    }
    int served = 0;
    for (int v = 0; v < shard.placement().vnodes(); v++) {
      String node = shard.candidate(v);
      served += node != null && (!node.equals(nodeId) || shard.serves(v)) ? 1 : 0;
    }
    return served;
  }

  @Override
  public int vnodesReady() {
    return shard.standing().ready();
  }

  @Override
  public Collection<ClientState> clients() {
    return door.clients();
  }

  @Override
  public boolean kill(long clientId) {
    return door.kill(clientId);
  }

  @Override
  public long keysInSlot(int slot) {
    return owns(slot) ? readable(() -> shard.keyspace().countInSlot(0, slot)) : -1;
  }

  @Override
  public List<byte[]> keysOfSlot(int slot, int count) {
    List<byte[]> found = new ArrayList<>();
    if (owns(slot)) {
      readable(() -> KeyspaceWalk.scanPage(shard.keyspace(), 0, (long) slot << 32, slot, count, null, null, found));
    }
    return found.size() > count ? found.subList(0, count) : found;
  }

  private static long readable(LongSupplier read) {
    try {
      return read.getAsLong();
    } catch (DamagedRowsException | CorruptTableException e) {
      throw new CommandException("CORRUPT Rows are damaged on the disk: " + e.getMessage());
    }
  }

  private boolean owns(int slot) {
    Placement placement = shard.placement();
    return placement != null && placement.isOwner(nodeId, slot / (16384 / placement.vnodes()));
  }

  @Override
  public long keys(int db) {
    return sumOverServed(v -> shard.keyspace().keyCount(v, db));
  }

  @Override
  public long keysWithDeadline(int db) {
    return sumOverServed(v -> shard.keyspace().deadlineCount(v, db));
  }

  private long sumOverServed(IntToLongFunction count) {
    return shard.served().stream().mapToLong(count).sum();
  }

  @Override
  public Map<String, Map<String, Object>> figures() {
    Map<String, Map<String, Object>> figures = new LinkedHashMap<>();
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("total_connections_received", door.accepted());
    stats.put("total_commands_processed", frontend.commands());
    stats.put("rejected_connections", door.rejected());
    stats.put("evicted_keys", limit.evictedKeys());
    stats.put("loop_turns", lengths.turns());
    stats.put("loop_turns_over_" + TurnLengths.PAUSE_MILLIS + "ms", lengths.pauses());
    stats.put("loop_turns_over_" + TurnLengths.PAUSE_MILLIS + "ms_working", lengths.workingPauses());
    stats.put("loop_longest_turn_usec", lengths.longestMicros());
    stats.put("loop_longest_turn_cpu_usec", lengths.longestCpuMicros());
    stats.put("total_eviction_exceeded_time", limit.exceededMillisTotal());
    stats.put("current_eviction_exceeded_time", limit.exceededMillis());
    figures.put("Stats", stats);
    figures.put("Persistence", persistence());
    figures.put("Replication", new ReplicationFigures(shard, coordinator, formation.state().nodes()).all());
    figures.put("Memory", memory(store.stats()));
    Map<String, Object> henge = new LinkedHashMap<>();
    ShardStanding standing = shard.standing();
    henge.put("henge_vnodes_owned", standing.owned());
    henge.put("henge_vnodes_ready", standing.ready());
    henge.put("henge_vnodes_exclusive", standing.exclusive());
    henge.put("henge_vnodes_degraded", standing.degraded());
    henge.put("henge_bundles_made", shard.bundlesMade());
    henge.put("henge_bundles_applied", shard.bundlesApplied());
    henge.put("henge_commands_forwarded", coordinator.forwarded());
    henge.put("henge_commands_retried", coordinator.retried());
    LogStanding log = store.logStanding();
    henge.put("henge_log_oldest_position", log.oldestPosition());
    henge.put("henge_log_flushed_position", store.flushedPosition());
    henge.put("henge_log_needed_from", log.neededFrom());
    henge.put("henge_log_segments_held_by_all", log.heldByAll());
    henge.put("henge_log_segments_dropped_for_size", log.droppedForSize());
    henge.put("henge_log_segments_dropped_for_age", log.droppedForAge());
    henge.put("henge_writes_refused", shard.refusal() == null ? "no" : shard.refusal().replaceAll("[\\r\\n]+", " "));
    figures.put("Henge", henge);
    figures.get("Replication").putAll(RepairFigures.of(shard.antiEntropy().figures()));
    figures.put("Storage", StorageFigures.of(store.stats()));
    return figures;
  }

  @Override
  public void resetFigures() {
    lengths.forgetLongest();
  }

  private Map<String, Object> persistence() {
    Map<String, Object> persistence = new LinkedHashMap<>();
    DamageStanding damage = shard.damageStanding();
    persistence.put("damaged_blocks", damage.blocks());
    persistence.put("damaged_vnodes", damage.vnodes());
    persistence.put("refetched_vnodes", damage.refetched());
    persistence.put("incomplete_vnodes", damage.incomplete());
    persistence.put("damaged_log_records", damage.logRecords());
    return persistence;
  }

  /** What the limit counts under the names by which clients know it; the process's heap stands beside it. */
  private Map<String, Object> memory(LsmStats stats) {
    long used = limit.usedBytes();
    long peak = limit.usedBytesPeak();
    Map<String, Object> memory = new LinkedHashMap<>();
    memory.put("used_memory", used);
    memory.put("used_memory_peak", peak);
    memory.put("used_memory_peak_perc", percent(used, peak));
    long dead = shard.keyspace().deadKeyBytes();
    memory.put("used_memory_overhead", dead);
    memory.put("used_memory_startup", 0);
    memory.put("used_memory_dataset", used - dead);
    memory.put("used_memory_dataset_perc", percent(used - dead, used));
    memory.put("mem_not_counted_for_evict", stats.logBytes());
    memory.put("henge_memtable_bytes", stats.memtableBytes());
    memory.put("henge_file_bytes", stats.tableBytes() + stats.valueFileBytes());
    memory.put("henge_garbage_bytes", limit.garbageBytes());
    memory.put("henge_reclaims", limit.reclaims());
    return memory;
  }

  private static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 100 : 100.0 * part / whole);
  }

  @Override
  public long startMillis() {
    return startMillis;
  }

  @Override
  public long nowMillis() {
    return wallMillis.getAsLong();
  }
}
