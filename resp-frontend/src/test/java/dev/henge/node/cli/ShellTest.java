package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.node.Setting;
import dev.henge.node.Settings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands make of their words. */
class ShellTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(Map<String, String> environment, String... words) {
        Context context = new Context(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), environment,
                config -> {
                    throw new AssertionError("nothing is to start");
                }, heap -> List.of("nothing"));
        return Shell.run(context, words);
    }

    private String error(String... words) {
        assertEquals(2, run(Map.of(), words));
        return err.toString(StandardCharsets.UTF_8).trim();
    }

    @Test
    void wrongUsageIsOneLineThatNamesTheNearest() {
        assertEquals("henge: unknown command upp; did you mean up? (henge --help)", error("upp"));
    }

    @Test
    void anUnknownOptionNamesTheNearest() {
        assertEquals("henge up: unknown option --node; did you mean --nodes? (henge up --help)",
                error("up", "--node=3"));
    }

    @Test
    void anUnknownFlagOfANodeNamesTheNearestSetting() {
        assertEquals("henge node: unknown option --prot; did you mean --port? (henge node --help)",
                error("node", "--prot", "7000"));
    }

    @Test
    void anUnknownSettingNamesTheNearest() {
        assertEquals("henge node: unknown setting 'replcas'; did you mean 'replicas'?",
                error("node", "--check", "--set", "replcas=3"));
    }

    @Test
    void aBadValueNamesWhatWouldDo() {
        assertEquals("henge up: log-sync cannot be 'often': it takes always, everysec, never, or milliseconds from 1 "
                + "to 60000", error("up", "--set", "log-sync=often"));
    }

    @Test
    void upRefusesWhatDiffersFromNodeToNode() {
        assertEquals("henge up: port differs from node to node: up gives it by --port and --dir",
                error("up", "--set", "port=1"));
    }

    @Test
    void upRefusesAHeapThatIsNone() {
        assertEquals("henge up: --heap cannot be 'much': it takes a size such as 512m or 2g",
                error("up", "--heap", "much"));
    }

    @Test
    void everySettingIsAFlagOfNode() {
        for (Setting setting : Settings.ALL) {
            if (setting.kind() != Setting.Kind.FOLLOWS && !setting.isDerived()) {
                assertEquals(0, run(Map.of(), "node", "--check", "--" + setting.name(), setting.defaultText()),
                        setting.name() + ": " + err);
            }
        }
    }

    @Test
    void flagsBeatTheEnvironment() {
        assertEquals(2, run(Map.of("HENGE_PORT", "99999"), "node", "--check"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("henge node: HENGE_PORT: port cannot be '99999'"));
        assertEquals(0, run(Map.of("HENGE_WRITE_QUORUM", "3"), "node", "--check", "--debug", "--write-quorum=2",
                "--replicas=2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"up", "down", "status", "node", "bench"})
    void everyCommandExplainsItself(String verb) {
        assertEquals(0, run(Map.of(), verb, "--help"));
        assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("Usage: henge " + verb));
    }

    @Test
    void helpOfNodeShowsCommonSettingsAndHidesTheOthers() {
        run(Map.of(), "node", "--help");
        String help = out.toString(StandardCharsets.UTF_8);
        assertTrue(help.contains("--log-sync") && !help.contains("--hash-max-listpack-entries"), help);
    }

    @Test
    void noWordsShowTheCommands() {
        assertEquals(0, run(Map.of()));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("Start a ring of nodes on this machine"));
    }

    @Test
    void versionNamesTheJvm() {
        assertEquals(0, run(Map.of(), "version"));
        String line = out.toString(StandardCharsets.UTF_8);
        assertTrue(line.startsWith("henge ") && line.contains(System.getProperty("java.version")), line);
        for (String flag : List.of("--version", "-V")) {
            out.reset();
            assertEquals(0, run(Map.of(), flag));
            assertEquals(line, out.toString(StandardCharsets.UTF_8));
        }
    }

    @Test
    void downWithoutARingSaysSo() {
        assertEquals(1, run(Map.of(), "down", "--dir", "target/no-such-ring"));
        assertEquals("henge down: no ring in target/no-such-ring", err.toString(StandardCharsets.UTF_8).trim());
    }
}
