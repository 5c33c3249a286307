package dev.henge.chaos.nemesis;

import dev.henge.chaos.cluster.Link;
import java.util.List;
import java.util.Set;

/**
 * What goes wrong, and where; as text it is what a script says.
 *
 * @param place null for a fault that needs none
 * @param amount counted as the kind says; 0 if it counts nothing
 */
public record Fault(Kind kind, Place place, long amount) {

  /** What it strikes, once it is known. */
  record Struck(Set<Integer> hosts, Set<Link> links) {}

  Struck strike(Place.Scene scene) {
    Place at = kind.where == Kind.Where.EVERYWHERE ? new Place.All() : place;
    if (at == null) {
      return new Struck(Set.of(), Set.of());
    }
    if (at instanceof Place.Around around) {
      // asked once: a primary may be another one a moment later
      at = new Place.Around(new Place.Hosts(List.copyOf(around.hosts(scene))));
    } else if (at instanceof Place.Who) {
      return new Struck(at.hosts(scene), Set.of());
    }
    return new Struck(at.hosts(scene), ((Place.Ways) at).links(scene));
  }

  /** For a person: as the script says it, with what a name has turned out to be. */
  String told(Struck struck) {
    String told = toString();
    if (place instanceof Place.PrimaryOf || place instanceof Place.Around around
        && around.who() instanceof Place.PrimaryOf) {
      told += struck.hosts().isEmpty() ? ", nobody" : ", host " + new Place.Hosts(List.copyOf(struck.hosts()));
    }
    return told;
  }

  @Override
  public String toString() {
    boolean counted = kind.amount != Amount.NONE && !(kind.amount == Amount.EACH_OR_ONCE && amount == 0);
    boolean each = kind.amount == Amount.EACH || kind.amount == Amount.EACH_OR_ONCE;
    return kind.word() + (place == null ? "" : " " + place)
        + (counted ? (each ? " each " : " ") + kind.amount.print(amount) : "");
  }
}
