package dev.henge.chaos.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A host's own end of the network: how fast it may send, how late its packets come, and its connections. */
final class HostNetwork {

  private static final int QUEUE = 1;
  private static final int PING_SECONDS = 2;

  private final List<String> enter;
  private final String device;
  private final String harness;
  private final Path delayProgram;
  private Map<String, Integer> delays = Map.of();
  private long rate;
  private Process delaying;

  /**
   * @param enter the words that run a program in the host's network
   * @param harness the address of the harness's own clients, whose packets are left alone
   */
  HostNetwork(List<String> enter, String device, String harness, Path delayProgram) {
    this.enter = enter;
    this.device = device;
    this.harness = harness;
    this.delayProgram = delayProgram;
  }

  private void run(String line) throws IOException {
    Command.run(Command.words(enter, line.split(" ")));
  }

  private void tryRun(String line) {
    Command.tryRun(Command.words(enter, line.split(" ")).toArray(String[]::new));
  }

  /** Bytes a second that it may send to other hosts at most; 0 is no limit. */
  void rate(long bytesPerSecond) throws IOException {
    if (bytesPerSecond == rate) {
      return;
    }
    tryRun("tc qdisc del dev " + device + " root");
    if (bytesPerSecond > 0) {
      run("tc qdisc add dev " + device + " root handle 1: htb default 10");
      run("tc class add dev " + device + " parent 1: classid 1:10 htb rate " + bytesPerSecond + "bps burst 16k");
      run("tc class add dev " + device + " parent 1: classid 1:20 htb rate 10gbit");
      run("tc filter add dev " + device + " parent 1: protocol ip prio 1 u32 match ip dst " + harness + " flowid 1:20");
    }
    rate = bytesPerSecond;
  }

  /** Packets from these addresses come so many milliseconds later; from others at once. */
  void delay(Map<String, Integer> millisByAddress) throws IOException {
    if (millisByAddress.equals(delays)) {
      return;
    }
    for (String address : delays.keySet()) {
      tryRun("iptables -w -D INPUT -s " + address + " -j NFQUEUE --queue-num " + QUEUE + " --queue-bypass");
    }
    delays = Map.of();
    end();
    if (millisByAddress.isEmpty()) {
      return;
    }
    List<String> words = new ArrayList<>(Command.words(enter, delayProgram.toString(), "" + QUEUE));
    new TreeMap<>(millisByAddress).forEach((address, millis) -> words.add(address + "=" + millis));
    delaying = new ProcessBuilder(words).redirectErrorStream(true).start();
    BufferedReader said = delaying.inputReader();
    String line = said.readLine();
    if (!"ready".equals(line)) {
      throw new IOException("packets cannot be delayed: " + line);
    }
    for (String address : millisByAddress.keySet()) {
      run("iptables -w -I INPUT -s " + address + " -j NFQUEUE --queue-num " + QUEUE + " --queue-bypass");
    }
    delays = Map.copyOf(millisByAddress);
  }

  private void end() {
    if (delaying != null) {
      delaying.destroy();
      delaying.onExit().join();
      delaying = null;
    }
  }

  /** Ends all established TCP connections but those of the harness, on both ends at once. */
  void reset() throws IOException {
    Command.run(Command.words(enter, "ss", "-K", "-t", "state", "established", "not", "dst", harness));
  }

  /** The connections that {@link #reset} would end. */
  Set<String> connections() throws IOException {
    return Command.run(Command.words(enter, "ss", "-H", "-n", "-t", "state", "established", "not", "dst", harness)).lines()
        .map(line -> line.strip().split(" +")).map(parts -> parts[parts.length - 2] + " " + parts[parts.length - 1])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** How long a PING to the server at an address takes, connecting included; -1 if it is not answered in time. */
  long pingMillis(String address) {
    String script = "exec 3<>/dev/tcp/" + address + "/" + Target.CLIENT_PORT
        + " && printf 'PING\\r\\n' >&3 && read -t " + PING_SECONDS + " -r reply <&3";
    long start = System.nanoTime();
    try {
      Command.run(Command.words(enter, "timeout", Integer.toString(PING_SECONDS), "bash", "-c", script));
      return (System.nanoTime() - start) / 1_000_000;
    } catch (IOException e) {
      return -1;
    }
  }

  void close() {
    end();
  }
}
