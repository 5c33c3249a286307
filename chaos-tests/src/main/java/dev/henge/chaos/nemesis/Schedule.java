package dev.henge.chaos.nemesis;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Faults in the order in which they begin; as text it is a script, and read again it is the same. */
public record Schedule(List<Step> steps) {

  public static final Schedule EMPTY = new Schedule(List.of());

  public Schedule {
    steps = List.copyOf(steps);
  }

  /** Reads a script for a cluster of so many hosts; {@code Script} has the grammar. */
  public static Schedule parse(String script, int hosts) throws ScriptException {
    return new Schedule(Script.parse(script, hosts));
  }

  /** Which kinds it has. */
  public Set<Kind> kinds() {
    return steps.stream().map(step -> step.fault().kind()).collect(Collectors.toCollection(TreeSet::new));
  }

  @Override
  public String toString() {
    return steps.stream().map(step -> step + "\n").collect(Collectors.joining());
  }
}
