package dev.henge.ring.replica;

import dev.henge.storage.type.Head;
import dev.henge.storage.type.Keyspace;
import dev.henge.storage.type.ListValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Pushes, inserts, edits and pops by chance, and what must be true of the lists in the end: what was pushed, and
 * acknowledged, is there unless a pop has taken it; what an acknowledged pop has taken is not; nothing is there twice.
 */
final class ListWorkload {

  private static final int PUSHED = 1;
  private static final int POP_TRIED = 2;
  private static final int POPPED = 4;
  private static final int IS_EDIT = 8;
  private static final int POPPED_IN_TURN = 16;

  private final Simulation sim;
  private final Workload workload;
  private final Random chance;

  /** What is known of an element, by key and element. */
  private final Map<String, Integer> elements = new TreeMap<>();

  private long names;

  /** Who has executed last on each vnode, and how often that has changed. */
  private final String[] executors;

  private final int[] turns;

  ListWorkload(Simulation sim, Workload workload) {
    this.sim = sim;
    this.workload = workload;
    this.chance = sim.chance;
    this.executors = new String[sim.options.vnodes()];
    this.turns = new int[sim.options.vnodes()];
  }

  void one(SimulatedNode n, int vnode, String key) {
    turn(n, vnode);
    switch (chance.nextInt(8)) {
      case 0, 1, 2 -> push(n, vnode, key);
      case 3 -> insert(n, vnode, key);
      case 4 -> edit(n, vnode, key);
      default -> pop(n, vnode, key);
    }
  }

  private static ListValue open(Keyspace rows, String key) {
    byte[] bytes = Dump.bytes(key);
    Head head = rows.open(rows.locate(0, bytes, 0, bytes.length));
    return new ListValue(rows, head);
  }

  private static String text(byte[] element) {
    return new String(element, StandardCharsets.ISO_8859_1);
  }

  private String fresh(String key, int known) {
    String name = "e" + ++names;
    elements.put(key + " " + name, known);
    return name;
  }

  private void note(String key, List<String> names, int known) {
    names.forEach(name -> elements.merge(key + " " + name, known, (a, b) -> a | b));
  }

  private void push(SimulatedNode n, int vnode, String key) {
    boolean last = chance.nextBoolean();
    List<String> pushed = new ArrayList<>();
    for (int i = chance.nextInt(3); i >= 0; i--) {
      pushed.add(fresh(key, 0));
    }
    workload.execute(n, vnode, rows -> {
      ListValue list = open(rows, key);
      pushed.forEach(element -> list.push(last, Dump.bytes(element)));
    }, () -> note(key, pushed, PUSHED));
  }

  private byte[] any(ListValue list) {
    return list.size() == 0 ? null : list.get(chance.nextInt((int) list.size()));
  }

  private void insert(SimulatedNode n, int vnode, String key) {
    String element = fresh(key, 0);
    List<String> inserted = new ArrayList<>();
    workload.execute(n, vnode, rows -> {
      ListValue list = open(rows, key);
      byte[] pivot = any(list);
      if (pivot != null && list.insert(pivot, chance.nextBoolean(), Dump.bytes(element))) {
        inserted.add(element);
      }
    }, () -> note(key, inserted, PUSHED));
  }

  /** Of two edits at once only one shows: an edit may be lost, but what it has overwritten does not return. */
  private void edit(SimulatedNode n, int vnode, String key) {
    String element = fresh(key, IS_EDIT);
    List<String> gone = new ArrayList<>();
    workload.execute(n, vnode, rows -> {
      ListValue list = open(rows, key);
      if (list.size() > 0) {
        int index = chance.nextInt((int) list.size());
        gone.add(text(list.get(index)));
        note(key, gone, POP_TRIED);
        list.set(index, Dump.bytes(element));
      }
    }, () -> note(key, gone, POPPED));
  }

  private void pop(SimulatedNode n, int vnode, String key) {
    boolean last = chance.nextBoolean();
    int count = 1 + chance.nextInt(2);
    int turn = turn(n, vnode);
    List<String> popped = new ArrayList<>();
    workload.execute(n, vnode, rows -> open(rows, key).pop(last, count, element -> {
      popped.add(text(element));
      note(key, popped, POP_TRIED); // before the pop, which may yet meet damage
    }), () -> {
      int how = workload.keepsPromises() && !workload.degraded && turns[vnode] == turn ? POPPED_IN_TURN : 0;
      for (String name : popped) {
        if ((elements.get(key + " " + name) & how) != 0) {
          throw sim.failure("list " + key + ": " + name + " was popped twice");
        }
      }
      note(key, popped, POPPED | how);
    });
  }

  /**
   * The number of the present turn at executing on a vnode. What was executed in a turn and is acknowledged in a
   * later one may have been popped by another primary in between, which had not seen it.
   */
  private int turn(SimulatedNode n, int vnode) {
    if (!n.id.equals(executors[vnode])) {
      executors[vnode] = n.id;
      turns[vnode]++;
    }
    return turns[vnode];
  }

  void check() {
    Map<String, List<String>> lists = new TreeMap<>();
    elements.keySet().forEach(place -> lists.computeIfAbsent(place.split(" ")[0], this::read));
    elements.forEach((place, known) -> {
      String[] key = place.split(" ");
      boolean there = lists.get(key[0]).contains(key[1]);
      if (!there && (known & (PUSHED | POP_TRIED | IS_EDIT)) == PUSHED) {
        throw sim.failure("list " + key[0] + ": " + key[1] + " was pushed and is lost");
      }
      if (there && (known & POPPED) != 0) {
        throw sim.failure("list " + key[0] + ": " + key[1] + " was popped and is back");
      }
    });
  }

  /** The list as every owner has it: the same, from either end, and nothing twice. */
  private List<String> read(String key) {
    List<String> shown = null;
    for (String owner : sim.placement.owners(key.charAt(0) - 'A')) {
      Keyspace rows = sim.node(owner).shard.keyspace();
      rows.begin(0, 0, () -> 0);
      ListValue list = open(rows, key);
      List<String> walked = new ArrayList<>();
      list.walk(false, (index, element) -> walked.add(text(element)));
      List<String> back = new ArrayList<>();
      list.walk(true, (index, element) -> back.add(text(element)));
      Collections.reverse(back);
      boolean endsAgree = walked.isEmpty() ? list.peek(true) == null
          : text(list.peek(false)).equals(walked.get(0))
              && text(list.peek(true)).equals(walked.get(walked.size() - 1));
      if (!endsAgree || !walked.equals(back) || list.size() != walked.size()
          || new HashSet<>(walked).size() != walked.size() || shown != null && !shown.equals(walked)) {
        throw sim.failure("list " + key + " on " + owner + " counts " + list.size() + ", has " + walked
            + ", backwards " + back + ", on another " + shown);
      }
      shown = walked;
      rows.finish();
    }
    return shown;
  }
}
