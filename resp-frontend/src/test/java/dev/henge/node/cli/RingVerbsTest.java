package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Request;
import dev.henge.resp.session.FakeRingAdmin;
import dev.henge.resp.session.ServerBench;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs about a running ring, in front of a node that notes what is asked of its ring. */
@Timeout(60)
class RingVerbsTest {
    private static final String OTHER = "0123456789abcdef0123456789abcdef01234567";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ServerBench bench = ServerBench.alone();
    private final FakeRingAdmin admin = bench.admin;
    /** What TRANSFERS says, look by look; the last stays. */
    private final Deque<TransferStanding> standings = new ArrayDeque<>();
    /** The connection is closed instead of this many answers. */
    private int lost;
    private ServerSocket server;

    @TempDir
    private Path temp;

    @BeforeEach
    void serve() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(this::accept, "accept");
        acceptor.setDaemon(true);
        acceptor.start();
        admin.nodes.add(FakeRingAdmin.known("node-0", server.getLocalPort(), "up", 1024, 768));
        admin.nodes.add(FakeRingAdmin.known(OTHER, 6382, "waiting", 0, 768));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void accept() {
        while (!server.isClosed()) {
            try (Socket client = server.accept(); BufferedReader in = new BufferedReader(
                    new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
                for (String head = in.readLine(); head != null; head = in.readLine()) {
                    String[] words = new String[Integer.parseInt(head.substring(1))];
                    for (int i = 0; i < words.length; i++) {
                        in.readLine();
                        words[i] = in.readLine();
                    }
                    boolean looks = List.of(words).contains("TRANSFERS");
                    if (looks && lost > 0 && standings.size() == 1) {
                        lost--;
                        break;
                    }
                    if (looks && !standings.isEmpty()) {
                        admin.transfers = standings.size() > 1 ? standings.poll() : standings.peek();
                    }
                    client.getOutputStream().write(bench.bytes(Request.of(words)));
                }
            } catch (IOException gone) {
                out.size();
            }
        }
    }

    private String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    private int run(String... words) {
        Context context = new Context(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), new HashMap<>(Map.of("COLUMNS", "80")),
                config -> {
                    throw new AssertionError("nothing is to start");
                }, heap -> List.of("nothing"));
        return Shell.run(context, words);
    }

    private int ask(String line) {
        return run((line + " --node " + address()).split(" "));
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8).trim();
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8).trim();
    }

    private void stage() {
        admin.plan = new RingPlan(List.of("node " + OTHER + " joins"), List.of(), 768, 3L << 30, 0, 307, List.of());
        admin.transfers = new TransferStanding(false, 10 << 20, 0, 0, -1, List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "leave a b, leave a b",
        "remove a, remove a",
        "replace a b, replace a b",
        "replicas 2, replicas 2",
        "weight a 1.5, weight a 150",
        "weight a 1, weight a 100",
        "unstage, unstage",
        "join --waiting, join " + OTHER,
    })
    void stagingTellsWhatIsStaged(String line, String call) {
        stage();
        assertEquals(0, ask(line), complained());
        assertEquals(List.of(call), admin.calls);
        assertEquals("""
                staged   node 127.0.0.1:6382 joins
                moves    768 vnodes, 3.0G; about 5m7s at 10.0M/s a node
                henge plan shows every node, henge commit begins it, henge unstage forgets it.""", said());
    }

    @Test
    void stagingMayCommitAtOnce() {
        stage();
        assertEquals(0, ask("leave a --commit"), complained());
        assertEquals(List.of("leave a", "commit"), admin.calls);
        assertTrue(said().endsWith("\nCommitted; henge transfers --watch shows how far it is, henge cancel takes it back."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"leave a", "remove a", "replace a b", "replicas 2", "weight a 2", "unstage", "commit", "cancel",
        "throttle 10mb", "pause", "resume", "drain", "undrain", "join --waiting"})
    void aRefusalIsOneLineAndStatusOne(String line) {
        admin.refusal = "node a is not known";
        assertEquals(1, ask(line));
        assertEquals("henge " + line.split(" ")[0] + ": node a is not known", complained());
        assertEquals("", said());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "leave; henge leave: Missing required parameter: 'NODE' (henge leave --help)",
        "replace a; henge replace: Missing required parameter: 'NEW' (henge replace --help)",
        "replicas many; henge replicas: Invalid value for positional parameter at index 0 (N): 'many' is not an int"
            + " (henge replicas --help)",
        "weight a 0; henge weight: a weight is a number from 0.01 to 100, where 1 is a normal node",
        "weight a 101; henge weight: a weight is a number from 0.01 to 100, where 1 is a normal node",
        "weight a NaN; henge weight: a weight is a number from 0.01 to 100, where 1 is a normal node",
        "throttle fast; henge throttle: 'fast' is no rate: 500kb, 10mb, or none for no limit",
        "join --count 0; henge join: --count takes 1 to 32",
        "join --waiting-only --commit; henge join: --waiting-only stages nothing: it goes with neither --waiting nor --commit",
        "join here; henge join: SEED cannot be 'here': it takes HOST:PORT",
        "join --set port=1; henge join: port differs from node to node: join gives it by --port and --dir",
        "commit now; henge commit: unexpected word now (henge commit --help)",
    })
    void wrongUsageIsOneLineAndStatusTwo(String line, String error) {
        assertEquals(2, ask(line));
        assertEquals(error, complained());
        assertEquals(List.of(), admin.calls);
    }

    @Test
    void whoCannotBeAskedIsNamed() throws IOException {
        assertEquals(1, run("plan", "--dir", temp.resolve("none").toString()));
        assertEquals("henge plan: no ring in " + temp.resolve("none") + "; --node HOST:PORT asks one elsewhere", complained());
        err.reset();
        server.close();
        assertEquals(1, ask("plan"));
        assertTrue(complained().startsWith("henge plan: the node at " + address() + ": "), complained());
        err.reset();
        assertEquals(2, run("plan", "--node", "here", "--dir", temp.toString()));
        assertEquals("henge plan: 'here' is no HOST:PORT of a node", complained());
        err.reset();
        assertEquals(2, run("drain", "--dir", temp.toString()));
        assertEquals("henge drain: which node? Name one", complained());
    }

    @Test
    void numbersOfTheDirectoryNameNodes() throws IOException {
        RingDirectory ring = new RingDirectory(temp);
        ring.node(2).prepare();
        ring.write(new RingDirectory.Shape(2, "127.0.0.1", server.getLocalPort()));
        Files.writeString(ring.node(2).path().resolve("identity"), "id=" + OTHER + "\n");
        assertEquals(0, run("leave", "2", "node-2", "1", "--dir", temp.toString()), complained());
        assertEquals(List.of("leave " + OTHER + " " + address()), admin.calls);
        admin.drained = true;
        out.reset();
        assertEquals(0, run("drain", "1", "--dir", temp.toString()), complained());
        assertTrue(said().startsWith("node " + address() + "  drained"), said());
    }

    @ParameterizedTest
    @ValueSource(strings = {"leave 7", "remove node-7", "replace 7 a", "weight 7 2", "drain 7"})
    void aNumberThatNoNodeHasIsNotTheBeginningOfAnId(String line) {
        assertEquals(2, run((line + " --node " + address() + " --dir " + temp).split(" ")));
        String[] words = line.split(" ");
        assertEquals("henge " + words[0] + ": there is no node " + words[1] + " in " + temp, complained());
        assertEquals(List.of(), admin.calls);
    }

    @Test
    void planAndJson() {
        stage();
        assertEquals(0, ask("plan"));
        assertTrue(said().startsWith("staged   node 127.0.0.1:6382 joins\nmoves    768 vnodes, 3.0G; "), said());
        out.reset();
        assertEquals(0, ask("plan --json"));
        assertTrue(said().startsWith("{\"changes\":[\"node " + OTHER + " joins\"],\"warnings\":[],\"vnodes_moved\":768,"), said());
        out.reset();
        assertEquals(0, ask("leave a --json"));
        assertTrue(said().startsWith("{\"committed\":false,\"plan\":{\"changes\":["), said());
        assertEquals(1, said().lines().count());
    }

    @ParameterizedTest
    @CsvSource({"throttle 10mb, throttle 10485760", "throttle 10MB/s, throttle 10485760", "throttle none, throttle 0",
        "throttle 0, throttle 0", "pause, pause", "resume, resume", "cancel, cancel"})
    void whatHoldsTransfersBackTellsHowFarTheyAre(String line, String call) {
        admin.transfers = new TransferStanding(false, 10 << 20, 7, 1 << 20, 3, List.of());
        assertEquals(0, ask(line), complained());
        assertEquals(List.of(call), admin.calls);
        assertEquals((!line.startsWith("throttle") ? "" : call.endsWith(" 0") ? "rate     no rate is set\n"
                : "rate     at most 10.0M/s a node\n")
                + "moving   7 vnodes, 1.0M left, about 3s; at most 10.0M/s a node", said());
        out.reset();
        assertEquals(0, ask(line + " --json"));
        assertEquals("{\"state\":\"moving\",\"bytes_per_second\":10485760,\"vnodes_left\":7,\"bytes_left\":1048576,"
                + "\"seconds_left\":3,\"nodes\":[]}", said());
    }

    private void move() {
        for (int left : new int[] {512, 128, 0}) {
            standings.add(new TransferStanding(false, 0, left, left, -1,
                    List.of(new TransferStanding.NodeTransfer(OTHER, left, 1, 0, 512 - left, left))));
        }
    }

    @Test
    void transfersAreWatchedInLinesUntilTheyAreDone() {
        move();
        assertEquals(0, ask("transfers --watch"), complained());
        assertEquals("moving   512 vnodes, 512B left; no rate is set\ndone     every vnode is where it should be", said());
    }

    @Test
    void transfersAreWatchedAsJson() {
        move();
        assertEquals(0, ask("transfers --watch --json"), complained());
        assertEquals(List.of("moving", "moving", "done"),
                said().lines().map(line -> line.replaceAll("\\{\"state\":\"(\\w+)\".*", "$1")).toList());
    }

    @Test
    void aLostConnectionDoesNotEndTheWatch() {
        move();
        lost = 1;
        assertEquals(0, ask("transfers --watch"), complained());
        assertTrue(said().endsWith("done     every vnode is where it should be"), said());
        assertEquals(0, lost);
    }

    @Test
    void aTerminalIsWrittenOver() throws Exception {
        move();
        Context context = new Context(new PrintStream(out, true, StandardCharsets.UTF_8), System.err, Map.of(),
                config -> null, heap -> List.of());
        try (RingContact ring = RingContact.open(context, new RingDirectory(temp), address())) {
            new TransfersWatch(ring, context.out(), TransfersWatch.Form.TERMINAL, 80, 1).untilDone();
        }
        String[] screens = out.toString(StandardCharsets.UTF_8).split("\u001b\\[3A\u001b\\[J");
        assertEquals(3, screens.length, said());
        assertTrue(screens[0].contains("  0 %") && screens[1].contains(" 75 %"), said());
        assertEquals("done     every vnode is where it should be\n", screens[2]);
        assertFalse(screens[1].contains("\u001b"));
    }

    @Test
    void aDrainIsWaitedFor() {
        assertEquals(1, ask("drain --timeout 0"));
        assertEquals("node " + address() + "  not all is handed over after 0 s: it goes on; henge undrain ends it", said());
        out.reset();
        admin.drained = true;
        assertEquals(0, ask("drain"));
        assertEquals("node " + address() + "  drained: it serves nothing; henge undrain ends that", said());
        out.reset();
        assertEquals(0, ask("undrain --json"));
        assertEquals("{\"node\":\"" + address() + "\",\"done\":true}", said());
        assertEquals(List.of("drain", "drain", "undrain"), admin.calls);
        assertEquals(1, ask("drain 89abc"));
        assertEquals("henge drain: '89abc' names no node of the ring", complained());
    }

    @ParameterizedTest
    @ValueSource(strings = {"join", "leave", "remove", "replace", "replicas", "weight", "unstage", "plan", "commit", "transfers",
        "throttle", "pause", "resume", "cancel", "drain", "undrain", "restart"})
    void everyVerbExplainsItself(String verb) {
        assertEquals(0, run(verb, "--help"));
        assertTrue(said().startsWith("Usage: henge " + verb), said());
        said().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }
}
