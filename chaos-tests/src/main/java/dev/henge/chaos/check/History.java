package dev.henge.chaos.check;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** All commands of a run, by the first key of each. */
public final class History {

  private final TreeMap<String, List<Op>> byKey = new TreeMap<>();
  private final List<Op> all = new ArrayList<>();

  public void add(Op op) {
    all.add(op);
    byKey.computeIfAbsent(op.key(), key -> new ArrayList<>()).add(op);
  }

  /** In the order in which they were asked. */
  public List<Op> of(String key) {
    return byKey.getOrDefault(key, List.of());
  }

  /** The keys of which checkers know what to think: those that stand first in a command of their family. */
  public Collection<String> keys() {
    return byKey.keySet().stream().filter(key -> !key.isEmpty()).toList();
  }

  public List<Op> all() {
    return all;
  }
}
