package dev.henge.chaos.load;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The keys of a run. Of each workload some are in use at a time; a key that has had its share of commands gives way
 * to a new one, so that no checker has to look at more than so many commands together. It is read at the end all the
 * same.
 */
final class Keys {

  private static final int OPS_OF_KEY = 1_000;

  /** Of those whose checkers compare every command with every other, or search. */
  private static final int OPS_OF_LARGE_KEY = 300;

  private final int inUse;
  private final Map<Workload, AtomicLongArray> asked = new EnumMap<>(Workload.class);
  private final Map<Workload, AtomicLongArray> generations = new EnumMap<>(Workload.class);
  private final Set<String> used = ConcurrentHashMap.newKeySet();
  private final AtomicLong floors = new AtomicLong();

  Keys(List<Workload> workloads, int inUse) {
    this.inUse = inUse;
    for (Workload workload : workloads) {
      asked.put(workload, new AtomicLongArray(inUse));
      generations.put(workload, new AtomicLongArray(inUse));
    }
  }

  private static int opsOfKey(Workload workload) {
    return switch (workload) {
      case SWAP, SET, SET_ADD, SORTED_SET, RECREATE, QUEUE, TAKE -> OPS_OF_LARGE_KEY;
      default -> OPS_OF_KEY;
    };
  }

  String any(Workload workload, SplittableRandom random) {
    int which = random.nextInt(inUse);
    if (asked.get(workload).incrementAndGet(which) % opsOfKey(workload) == 0) {
      generations.get(workload).incrementAndGet(which);
    }
    return use(workload.letter() + Integer.toString(which) + "." + generations.get(workload).get(which));
  }

  /** The key will be read at the end. */
  String use(String key) {
    used.add(key);
    return key;
  }

  /** A key that nobody can make sense of any more: the next in its place is new. */
  void giveUp(Workload workload, String key) {
    int which = Integer.parseInt(key.substring(1, key.indexOf('.')));
    long generation = Long.parseLong(key.substring(key.indexOf('.') + 1));
    generations.get(workload).compareAndSet(which, generation, generation + 1);
  }

  /** A number that nothing was set to. */
  long floor() {
    return floors.incrementAndGet();
  }

  List<String> used() {
    return used.stream().sorted().toList();
  }
}
