package dev.henge.chaos.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What stands between hosts on a bridge: links that are cut, and links that lose packets. One ruleset, replaced as a
 * whole.
 */
final class Fence {

  private final List<String> enter;
  private final String table;
  private final List<String> addresses;

  /**
   * @param enter the words that run a program where the bridge is
   * @param table the name of the ruleset
   */
  Fence(List<String> enter, String table, List<String> addresses) {
    this.enter = enter;
    this.table = table;
    this.addresses = addresses;
  }

  void raise(Harm harm) throws IOException {
    StringBuilder rules = new StringBuilder("table bridge " + table + "\ndelete table bridge " + table + "\n");
    if (!harm.cut().isEmpty() || !harm.lossPercent().isEmpty()) {
      rules.append("table bridge ").append(table).append(" {\n");
      if (!harm.cut().isEmpty()) {
        rules.append("  set cut { type ipv4_addr . ipv4_addr; elements = { ")
            .append(harm.cut().stream().map(this::pair).sorted().collect(Collectors.joining(", "))).append(" } }\n");
      }
      for (int percent : new TreeSet<>(harm.lossPercent().values())) {
        rules.append("  chain loss").append(percent).append(" { numgen random mod 100 < ").append(percent)
            .append(" counter drop; }\n");
      }
      if (!harm.lossPercent().isEmpty()) {
        rules.append("  map loss { type ipv4_addr . ipv4_addr : verdict; elements = { ").append(harm.lossPercent()
            .entrySet().stream().map(this::lossy).sorted().collect(Collectors.joining(", "))).append(" } }\n");
      }
      rules.append("  chain pass { type filter hook forward priority -250; ");
      if (!harm.cut().isEmpty()) {
        rules.append("ip saddr . ip daddr @cut counter drop; ");
      }
      if (!harm.lossPercent().isEmpty()) {
        rules.append("ip saddr . ip daddr vmap @loss; ");
      }
      rules.append("}\n}\n");
    }
    Command.run(Command.words(enter, "nft", "-f", "-"), rules.toString());
  }

  private String pair(Link link) {
    return addresses.get(link.from()) + " . " + addresses.get(link.to());
  }

  private String lossy(Map.Entry<Link, Integer> entry) {
    return pair(entry.getKey()) + " : jump loss" + entry.getValue();
  }

  /** Removes all rules; fails if that cannot be done. */
  void remove() throws IOException {
    raise(Harm.NONE);
  }
}
