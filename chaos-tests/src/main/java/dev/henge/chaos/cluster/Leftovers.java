package dev.henge.chaos.cluster;

import java.io.IOException;

/** What runs that were killed have left of this machine: namespaces, containers, networks, rules, mounts. */
public final class Leftovers {

  private Leftovers() {}

  /** Removes all of it but what belongs to clusters that run; returns how many slots were looked at. */
  public static int remove() throws IOException {
    int looked = 0;
    // One at a time: others may want a slot meanwhile.
    for (int number = 0; number < Slot.SLOTS; number++) {
      Slot slot = Slot.take(number);
      if (slot != null) {
        remove(slot);
        looked++;
      }
    }
    return looked;
  }

  private static void remove(Slot free) throws IOException {
    try (Slot slot = free) {
      if (NetnsCluster.impossible() == null) {
        NetnsCluster.removeLeft(slot);
      }
      if (DockerCluster.impossible() == null) {
        DockerCluster.removeLeft(slot);
      }
    }
  }
}
