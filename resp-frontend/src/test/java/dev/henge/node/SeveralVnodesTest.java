package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * MGET, MSET, DEL and their like say what one map of all keys says: on a node alone, which executes every part at once,
 * and on a ring, where some parts are elsewhere, or wait for other owners.
 */
class SeveralVnodesTest {

  private static final int COMMANDS = 1_500;
  private static final int KEYS = 40;
  private static final int PIPELINE = 12;

  private final Map<String, String> model = new HashMap<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void saysWhatOneMapSays(int nodes) {
    long seed = System.nanoTime();
    Random chance = new Random(seed);
    MemoryRing ring = new MemoryRing(nodes);
    MemoryRing.Client client = ring.client(0);
    List<String> here = new ArrayList<>();
    for (int i = 0; here.size() < KEYS; i++) {
      if (ring.servedBy("k" + i) == 0 || chance.nextInt(20) == 0) {
        here.add("k" + i);
      }
    }
    for (int n = 0; n < COMMANDS; ) {
      List<String> expected = new ArrayList<>();
      List<String[]> sent = new ArrayList<>();
      for (int i = 1 + chance.nextInt(PIPELINE); i > 0; i--, n++) {
        String[] command = command(chance, here);
        expected.add(apply(command));
        sent.add(command);
        client.send(command);
      }
      for (int i = 0; i < sent.size(); i++) {
        assertEquals(expected.get(i), MemoryRing.Client.text(client.receive()),
            () -> "seed " + seed + ": " + sent.stream().map(words -> String.join(" ", words)).toList());
      }
    }
  }

  private static String[] command(Random chance, List<String> keys) {
    String name = List.of("MSET", "MSET", "MGET", "MGET", "DEL", "UNLINK", "EXISTS", "TOUCH", "SET", "GET")
        .get(chance.nextInt(10));
    boolean one = name.equals("SET") || name.equals("GET");
    boolean values = name.equals("MSET") || name.equals("SET");
    List<String> words = new ArrayList<>(List.of(name));
    for (int i = one ? 1 : 1 + chance.nextInt(8); i > 0; i--) {
      words.add(keys.get(chance.nextInt(keys.size())));
      if (values) {
        words.add("v" + chance.nextInt(1000));
      }
    }
    if (name.equals("MSET") && chance.nextInt(30) == 0) {
      words.add("key without a value");
    }
    return words.toArray(String[]::new);
  }

  private String apply(String[] words) {
    if (words[0].equals("MSET") && words.length % 2 == 0) {
      return "ERR wrong number of arguments for 'mset' command";
    }
    int count = 0;
    List<String> values = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      String key = words[i];
      switch (words[0]) {
        case "MSET", "SET" -> model.put(key, words[++i]);
        case "MGET", "GET" -> values.add(model.getOrDefault(key, "(nil)"));
        case "DEL", "UNLINK" -> count += model.remove(key) == null ? 0 : 1;
        default -> count += model.containsKey(key) ? 1 : 0;
      }
    }
    return switch (words[0]) {
      case "MSET", "SET" -> "OK";
      case "MGET" -> values.toString();
      case "GET" -> values.get(0);
      default -> Integer.toString(count);
    };
  }
}
