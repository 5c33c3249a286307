package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeConfigTest {
    @TempDir
    private Path dir;

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("henge.conf"), text);
    }

    private static String refusal(Map<String, String> flags) {
        String message = assertThrows(SettingException.class, () -> NodeConfig.of(flags)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void defaultsAreWhatIsPromised() {
        NodeConfig config = NodeConfig.defaults();
        assertEquals("127.0.0.1", config.host());
        assertEquals(6379, config.port());
        assertEquals(16379, config.internalPort());
        assertEquals(17379, config.gossipPort());
        assertEquals("127.0.0.1", config.announceHost());
        assertEquals(6379, config.announcePort());
        assertEquals(3, config.replicas());
        assertEquals(2, config.writeQuorum());
        assertEquals(1, config.bootstrapNodes());
        assertEquals(new LogSync(LogSync.Mode.INTERVAL, 1_000), config.logSync());
        assertEquals(64L << 20, config.memtableBytes(96L << 20));
        assertEquals(3L << 30, config.memtableBytes(64L << 30));
        assertEquals(4L << 20, config.memtableBytes(1L << 20));
        assertEquals(512 << 20, config.protoMaxBulkLenBytes());
        assertFalse(config.isStrict());
    }

    @Test
    void everyDefaultIsItselfAValidValue() {
        for (Setting setting : Settings.ALL) {
            if (!setting.isDerived()) {
                assertEquals(setting.defaultText(), setting.canonical(setting.defaultText()), setting.name());
            }
            NodeConfig.defaults().value(setting.name());
        }
    }

    @Test
    void everyAccessorThatIsANumberFitsItsTypeAtBothBounds() {
        for (Setting setting : Settings.ALL) {
            boolean number = setting.kind() == Setting.Kind.WHOLE || setting.kind() == Setting.Kind.SIZE;
            if (number) {
                setting.canonical(Long.toString(setting.min()));
                assertThrows(SettingException.class, () -> setting.canonical(Long.toString(setting.min() - 1)));
            }
        }
    }

    @Test
    void sourcesOverrideInOrder() throws IOException {
        Path file = file("# a ring\nport = 7001\nzone rack-1\n\nreplicas=5\nlog-sync   always\nrequirepass \"a b\"\n");
        Map<String, String> environment = Map.of("HENGE_ZONE", "rack-2", "HENGE_REPLICAS", "4", "PATH", "/bin");
        NodeConfig config = NodeConfig.load(file, environment, Map.of("replicas", "2"));
        assertEquals(7001, config.port());
        assertEquals("rack-2", config.zone());
        assertEquals(2, config.replicas());
        assertEquals(LogSync.Mode.ALWAYS, config.logSync().mode());
        assertEquals("a b", config.requirepass());
    }

    @Test
    void anErrorInTheFileNamesTheLineAndTheNearestSetting() throws IOException {
        Path file = file("port 7001\nreplcas 3\n");
        String message = assertThrows(SettingException.class, () -> NodeConfig.load(file, Map.of(), Map.of()))
                .getMessage();
        assertEquals(file + ":2: unknown setting 'replcas'; did you mean 'replicas'?", message);
    }

    @Test
    void anErrorInTheEnvironmentNamesTheVariable() {
        assertEquals("unknown setting in the environment variable HENGE_LOGSYNC; did you mean HENGE_LOG_SYNC?",
                assertThrows(SettingException.class,
                        () -> NodeConfig.load(null, Map.of("HENGE_LOGSYNC", "always"), Map.of())).getMessage());
        assertEquals("HENGE_PORT: port cannot be 'x': it takes a whole number from 0 to 65535",
                assertThrows(SettingException.class,
                        () -> NodeConfig.load(null, Map.of("HENGE_PORT", "x"), Map.of())).getMessage());
    }

    @Test
    void aClusterSecretComesFromTheEnvironmentAndAShortOneIsRefusedWithoutShowingIt() {
        assertFalse(NodeConfig.defaults().clusterSecret().isSet());
        NodeConfig config = NodeConfig.load(null, Map.of("HENGE_CLUSTER_SECRET", "0123456789abcdef"), Map.of());
        assertTrue(config.clusterSecret().isSet());
        assertEquals("HENGE_CLUSTER_SECRET: cluster-secret cannot be so short: it takes text of at least 16 characters",
                assertThrows(SettingException.class, () -> NodeConfig.load(null,
                        Map.of("HENGE_CLUSTER_SECRET", "0123456789abcde"), Map.of())).getMessage());
    }

    @Test
    void variablesOfKubernetesAndOfTheLauncherAreNotSettings() {
        NodeConfig config = NodeConfig.load(null, Map.of("HENGE_PORT", "tcp://10.0.0.7:6379",
                "HENGE_SERVICE_HOST", "10.0.0.7", "HENGE_PORT_6379_TCP_ADDR", "10.0.0.7",
                "HENGE_JAVA_OPTS", "-Xlog:gc"), Map.of());
        assertEquals(6379, config.port());
    }

    @ParameterizedTest
    @CsvSource({"prot,port", "log_snyc,log-sync", "replica,replicas", "seed,seeds", "maxclient,maxclients"})
    void anUnknownSettingNamesTheNearest(String wrong, String right) {
        assertEquals("unknown setting '" + wrong + "'; did you mean '" + right + "'?", refusal(Map.of(wrong, "1")));
    }

    @ParameterizedTest
    @CsvSource({
        "port,70000", "port,-1", "port,1.5", "replicas,0", "replicas,17", "log-sync,sometimes", "log-sync,0",
        "log-sync,60001", "write-quorum,0", "write-quorum,most", "policy,unique", "debug,maybe", "memtable-bytes,64xb",
        "memtable-bytes,-1", "memtable-bytes,99999999999gb", "seeds,nowhere", "seeds,a:0", "seeds,a:60000",
        "vnodes,1000", "transport,tcp", "appendonly,no", "appendfsync,always", "host,''", "port,99999999999999999999"})
    void aValueThatCannotBeIsRefusedByName(String name, String value) {
        assertTrue(refusal(Map.of(name, value)).startsWith(name + " cannot be '")
                || name.equals("host"), refusal(Map.of(name, value)));
    }

    @Test
    void settingsAreCheckedTogether() {
        assertEquals("write-quorum 4 is more than replicas, which is 3", refusal(Map.of("write-quorum", "4")));
        assertEquals("internal-port would be 70000 (port + 10000), and the highest is 65535; set internal-port or a "
                + "lower port", refusal(Map.of("port", "60000")));
        assertTrue(refusal(Map.of("gossip-port", "6379")).endsWith("must differ"));
        assertEquals(60000, NodeConfig.of(Map.of("port", "60000", "internal-port", "1", "gossip-port", "2")).port());
    }

    @ParameterizedTest
    @CsvSource({"64mb,67108864", "64m,64000000", "1kb,1024", "1k,1000", "2GB,2147483648", "7,7", "7b,7"})
    void sizesAreWrittenAsInRedis(String text, long bytes) {
        assertEquals(bytes, NodeConfig.of(Map.of("memtable-bytes", text)).memtableBytes(1));
    }

    @ParameterizedTest
    @CsvSource({"always,always,always", "everysec,everysec,everysec", "1000,everysec,everysec", "5,5,everysec",
        "never,never,no", "no,never,no"})
    void appendfsyncFollowsLogSync(String set, String canonical, String appendfsync) {
        NodeConfig config = NodeConfig.of(Map.of("log-sync", set));
        assertEquals(canonical, config.value("log-sync"));
        assertEquals(appendfsync, config.value("appendfsync"));
    }

    @Test
    void seedsHaveHostPortAndGossipPort() {
        NodeConfig config = NodeConfig.of(Map.of("seeds", "a:7000, b.example:7001@9001,[::1]:7002,"));
        assertEquals(List.of(new Seed("a", 7000, 18000), new Seed("b.example", 7001, 9001),
                new Seed("::1", 7002, 18002)), config.seeds());
        assertEquals("a:7000@18000,b.example:7001@9001,[::1]:7002@18002", config.value("seeds"));
        assertEquals(3, config.bootstrapNodes());
        assertEquals(5, config.with("bootstrap-nodes", "5").bootstrapNodes());
    }

    @Test
    void aWildcardIsNotAnnounced() {
        assertFalse(NodeConfig.isWildcard(NodeConfig.of(Map.of("host", "0.0.0.0")).announceHost()));
        assertEquals("h", NodeConfig.of(Map.of("host", "0.0.0.0", "announce-host", "h")).announceHost());
    }

    @Test
    void portNoughtStaysNought() {
        NodeConfig config = NodeConfig.of(Map.of("port", "0"));
        assertEquals(0, config.internalPort());
        assertEquals(0, config.gossipPort());
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "true", "ON", "1"})
    void yesHasManyWords(String word) {
        assertTrue(NodeConfig.of(Map.of("debug", word)).debug());
    }

    @Test
    void editsAreLevenshteins() {
        assertEquals(3, Settings.edits("kitten", "sitting"));
        assertEquals(5, Settings.edits("", "henge"));
        assertEquals(0, Settings.edits("ring", "ring"));
    }
}
