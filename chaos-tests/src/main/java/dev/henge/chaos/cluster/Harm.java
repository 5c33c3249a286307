package dev.henge.chaos.cluster;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * All that is wrong with a network at one time. It is put in force as a whole, so that no moment between two faults
 * shows a third.
 *
 * @param cut links that pass nothing
 * @param lossPercent of the packets of a link that are dropped, 1 to 99
 * @param delayMillis by which packets of a link come later
 * @param bytesPerSecond that a host may send at most
 */
public record Harm(Set<Link> cut, Map<Link, Integer> lossPercent, Map<Link, Integer> delayMillis,
    Map<Integer, Long> bytesPerSecond) {

  public static final Harm NONE = new Harm(Set.of(), Map.of(), Map.of(), Map.of());

  public Harm {
    cut = Set.copyOf(cut);
    lossPercent = Map.copyOf(lossPercent);
    delayMillis = Map.copyOf(delayMillis);
    bytesPerSecond = Map.copyOf(bytesPerSecond);
    lossPercent.values().forEach(percent -> check(percent >= 1 && percent <= 99, "a loss of " + percent + " percent"));
    delayMillis.values().forEach(millis -> check(millis >= 1 && millis <= 60_000, "a delay of " + millis + " ms"));
    bytesPerSecond.values().forEach(rate -> check(rate >= 1_000, "a rate of " + rate + " bytes a second"));
  }

  private static void check(boolean sound, String what) {
    if (!sound) {
      throw new IllegalArgumentException(what + " cannot be made");
    }
  }

  /** Both at once; where both say a number the second one's counts. */
  public Harm with(Harm other) {
    Set<Link> cuts = new HashSet<>(cut);
    cuts.addAll(other.cut);
    return new Harm(cuts, united(lossPercent, other.lossPercent), united(delayMillis, other.delayMillis),
        united(bytesPerSecond, other.bytesPerSecond));
  }

  private static <K, V> Map<K, V> united(Map<K, V> first, Map<K, V> second) {
    Map<K, V> all = new HashMap<>(first);
    all.putAll(second);
    return all;
  }

  public static Harm cutting(Set<Link> links) {
    return new Harm(links, Map.of(), Map.of(), Map.of());
  }

  public static Harm losing(Map<Link, Integer> percent) {
    return new Harm(Set.of(), percent, Map.of(), Map.of());
  }

  public static Harm delaying(Map<Link, Integer> millis) {
    return new Harm(Set.of(), Map.of(), millis, Map.of());
  }

  public static Harm slowing(Map<Integer, Long> bytesPerSecond) {
    return new Harm(Set.of(), Map.of(), Map.of(), bytesPerSecond);
  }
}
