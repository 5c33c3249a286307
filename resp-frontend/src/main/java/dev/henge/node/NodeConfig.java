package dev.henge.node;

import dev.henge.gossip.wire.ClusterSecret;
import dev.henge.ring.coordinator.Consistency;
import dev.henge.ring.repair.AntiEntropySettings;
import dev.henge.ring.repair.HintLimits;
import dev.henge.ring.replica.ReadLevel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The whole configuration of one node, immutable: every setting of {@link Settings} has a value that was checked.
 * Sources, each stronger than the one before: defaults, a file, the environment, flags.
 */
public final class NodeConfig {
    public static final int PORT_MAX = 65_535;
    public static final int INTERNAL_PORT_OFFSET = 10_000;
    public static final int GOSSIP_PORT_OFFSET = 11_000;
    private static final int BOOTSTRAP_NODES_WITH_SEEDS = 3;
    /** The rest is for hash tables, the ring, clients' buffers and what the collector needs to be at ease. */
    private static final double MEMTABLE_SHARE_OF_HEAP = 2 / 3.0;
    /** Smaller memtables make more files than they save memory. */
    private static final long MEMTABLE_BYTES_MIN = 4L << 20;
    /** What is in memtables a start replays from the log, at a few seconds a GiB: who wants more has to say so. */
    private static final long MEMTABLE_BYTES_MAX = 3L << 30;
    private static final long FILE_BYTES_MAX = 1L << 20;
    private static final String PREFIX = "HENGE_";
    /** Variables with our prefix that are the launcher's and not settings. */
    private static final List<String> LAUNCHER_VARIABLES = List.of(
            "HENGE_JAVA_HOME", "HENGE_JAVA_OPTS", "HENGE_HEAP", "HENGE_SKIP_BUILD", "HENGE_OWN_SESSION", "HENGE_HOME",
            "HENGE_LAUNCHER");

    private final Map<String, String> values;

    private NodeConfig(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
        checkTogether();
    }

    /** The defaults alone. */
    public static NodeConfig defaults() {
        return of(Map.of());
    }

    /** The defaults with these settings: what flags do. */
    public static NodeConfig of(Map<String, String> settings) {
        return load(null, Map.of(), settings);
    }

    /**
     * The configuration from all its sources.
     *
     * @param file        the configuration file, or null
     * @param environment the process's environment; only names that begin with HENGE_ are looked at
     * @param flags       settings given as flags
     * @throws SettingException for an unknown name or a value that cannot be; the message is one line
     */
    public static NodeConfig load(Path file, Map<String, String> environment, Map<String, String> flags) {
        Map<String, String> values = new LinkedHashMap<>();
        Settings.ALL.forEach(setting -> values.put(setting.name(), setting.defaultText()));
        if (file != null) {
            readFile(file, values);
        }
        environment.entrySet().stream()
                .filter(entry -> isSetting(entry.getKey(), entry.getValue()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> fromEnvironment(entry.getKey(), entry.getValue(), values));
        flags.forEach((name, value) -> put(name, value, values));
        return new NodeConfig(values);
    }

    /** This configuration with one setting changed and all checked again. */
    public NodeConfig with(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(values);
        put(name, value, changed);
        return new NodeConfig(changed);
    }

    private static void put(String name, String value, Map<String, String> values) {
        Setting setting = Settings.named(name);
        values.put(setting.name(), setting.canonical(value));
    }

    private static void readFile(Path file, Map<String, String> values) {
        List<String> lines;
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new SettingException(file + " is larger than " + Sizes.words(FILE_BYTES_MAX)
                        + ": not a configuration file");
            }
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new SettingException("cannot read the configuration file " + file + ": " + e);
        }
        for (int i = 0; i < lines.size(); i++) {
            try {
                readLine(lines.get(i).trim(), values);
            } catch (SettingException e) {
                throw new SettingException(file + ":" + (i + 1) + ": " + e.getMessage());
            }
        }
    }

    /** Takes {@code key = value}, {@code key=value} or {@code key value}; a value may stand in double quotes. */
    private static void readLine(String line, Map<String, String> values) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        int end = 0;
        while (end < line.length() && line.charAt(end) != '=' && !Character.isWhitespace(line.charAt(end))) {
            end++;
        }
        String value = line.substring(end).trim();
        if (value.startsWith("=")) {
            value = value.substring(1).trim();
        }
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
        }
        put(line.substring(0, end), value, values);
    }

    /**
     * Whether the variable is meant as a setting. Kubernetes gives every pod the addresses of its services, and
     * for a service called henge these are HENGE_PORT=tcp://…, HENGE_SERVICE_HOST, HENGE_PORT_6379_TCP and the like.
     */
    private static boolean isSetting(String name, String value) {
        return name.startsWith(PREFIX)
                && !LAUNCHER_VARIABLES.contains(name)
                && !name.startsWith("HENGE_SERVICE_")
                && !name.matches("HENGE_PORT_\\d+_(TCP|UDP).*")
                && !(name.equals("HENGE_PORT") && value.startsWith("tcp://"));
    }

    private static void fromEnvironment(String variable, String value, Map<String, String> values) {
        String name = variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
        Setting setting = Settings.find(name);
        if (setting == null) {
            throw new SettingException("unknown setting in the environment variable " + variable + "; did you mean "
                    + Settings.named(Settings.nearest(name)).environmentName() + "?");
        }
        try {
            put(name, value, values);
        } catch (SettingException e) {
            throw new SettingException(variable + ": " + e.getMessage());
        }
    }

    private void checkTogether() {
        if (!value("write-quorum").equals("majority") && whole("write-quorum") > replicas()) {
            throw new SettingException("write-quorum " + value("write-quorum") + " is more than replicas, which is "
                    + replicas());
        }
        if (Integer.bitCount(vnodes()) != 1) {
            throw new SettingException("vnodes cannot be '" + vnodes() + "': it takes a power of two up to 16384");
        }
        checkPort("internal-port", internalPort());
        checkPort("gossip-port", gossipPort());
        if (port() != 0 && (port() == internalPort() || port() == gossipPort())
                || internalPort() != 0 && internalPort() == gossipPort()) {
            throw new SettingException("port " + port() + ", internal-port " + internalPort() + " and gossip-port "
                    + gossipPort() + " must differ");
        }
        if (value("cluster-name").isBlank() || value("host").isBlank() || value("dir").isBlank()) {
            throw new SettingException("cluster-name, host and dir cannot be empty");
        }
    }

    private void checkPort(String name, int port) {
        if (port > PORT_MAX) {
            throw new SettingException(name + " would be " + port + " (" + Settings.named(name).derivation()
                    + "), and the highest is " + PORT_MAX + "; set " + name + " or a lower port");
        }
    }

    /** The setting's value as text, in canonical form; a derived one is worked out. */
    public String value(String name) {
        Setting setting = Settings.named(name);
        String value = values.get(setting.name());
        return setting.isDerived() && value.isEmpty() ? derive(setting.name()) : value;
    }

    private String derive(String name) {
        return switch (name) {
            case "internal-port" -> Integer.toString(port() == 0 ? 0 : port() + INTERNAL_PORT_OFFSET);
            case "gossip-port" -> Integer.toString(port() == 0 ? 0 : port() + GOSSIP_PORT_OFFSET);
            case "announce-port" -> value("port");
            case "announce-host" -> isWildcard(host()) ? firstReachableAddress() : host();
            case "bootstrap-nodes" -> seeds().isEmpty() ? "1" : Integer.toString(BOOTSTRAP_NODES_WITH_SEEDS);
            case "appendfsync" -> logSync().appendfsync();
            default -> throw new IllegalStateException("no rule derives " + name);
        };
    }

    /** Whether the host means every interface. */
    public static boolean isWildcard(String host) {
        return host.equals("0.0.0.0") || host.equals("::") || host.equals("*");
    }

    private static String firstReachableAddress() {
        try {
            String found = null;
            for (NetworkInterface card : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InetAddress address : card.isUp() ? Collections.list(card.getInetAddresses())
                        : List.<InetAddress>of()) {
                    boolean usable = !address.isLoopbackAddress() && !address.isLinkLocalAddress();
                    if (usable && (found == null || address instanceof Inet4Address && found.contains(":"))) {
                        found = address.getHostAddress().replaceAll("%.*", "");
                    }
                }
            }
            return found == null ? "127.0.0.1" : found;
        } catch (SocketException e) {
            return "127.0.0.1";
        }
    }

    private int whole(String name) {
        return Math.toIntExact(Long.parseLong(value(name)));
    }

    private long bytes(String name) {
        return Long.parseLong(value(name));
    }

    private boolean yes(String name) {
        return value(name).equals("yes");
    }

    public String host() {
        return value("host");
    }

    public int port() {
        return whole("port");
    }

    public int internalPort() {
        return whole("internal-port");
    }

    public int gossipPort() {
        return whole("gossip-port");
    }

    public String announceHost() {
        return value("announce-host");
    }

    public int announcePort() {
        return whole("announce-port");
    }

    /** The node's directory, absolute. */
    public Path dir() {
        return Path.of(value("dir")).toAbsolutePath().normalize();
    }

    public List<Seed> seeds() {
        return Seed.parseList(Settings.named("seeds"), value("seeds"));
    }

    public String clusterName() {
        return value("cluster-name");
    }

    /** What the nodes of the ring prove to each other that they know. */
    public ClusterSecret clusterSecret() {
        return ClusterSecret.of(value("cluster-secret"));
    }

    public int bootstrapNodes() {
        return whole("bootstrap-nodes");
    }

    /** Whether the node is to join a running ring instead of forming one. */
    public boolean joins() {
        return yes("join");
    }

    /** N. */
    public int replicas() {
        return whole("replicas");
    }

    /** W, as a number. */
    public int writeQuorum() {
        return value("write-quorum").equals("majority") ? replicas() / 2 + 1 : whole("write-quorum");
    }

    /** Whether W follows the number of owners, so that a ring with fewer nodes than N needs fewer. */
    public boolean writeQuorumIsMajority() {
        return value("write-quorum").equals("majority");
    }

    /** How much repair in the background may cost. */
    public AntiEntropySettings antiEntropy() {
        return AntiEntropySettings.ofDays(whole("anti-entropy-interval-seconds"), bytes("anti-entropy-bytes-per-second"),
                whole("scrub-days"));
    }

    /** R where a connection has not chosen one. */
    public ReadLevel readQuorum() {
        return Consistency.reads(value("read-quorum"));
    }

    /** Whether commands whose replies must be unique are refused where a vnode is not served exclusively. */
    public boolean isUniqueSafe() {
        return value("policy").equals("unique-safe");
    }

    public LogSync logSync() {
        return LogSync.parse(Settings.named("log-sync"), value("log-sync"));
    }

    /** Whether every write is refused where no majority of the owners can be reached. */
    public boolean isStrict() {
        return value("policy").equals("strict");
    }

    public long leaseMillis() {
        return whole("lease-millis");
    }

    public long commandTimeoutMillis() {
        return whole("command-timeout-millis");
    }

    public int vnodes() {
        return whole("vnodes");
    }

    public int tokens() {
        return whole("tokens");
    }

    public String zone() {
        return value("zone");
    }

    public int weight() {
        return whole("weight");
    }

    public int databases() {
        return whole("databases");
    }

    /** The memory of all memtables: what is set, or a share of what the heap has for objects that live long. */
    public long memtableBytes(long oldBytesMax) {
        long set = bytes("memtable-bytes");
        if (set != 0) {
            return set;
        }
        long share = (long) (oldBytesMax * MEMTABLE_SHARE_OF_HEAP);
        return Math.min(Math.max(share, MEMTABLE_BYTES_MIN), MEMTABLE_BYTES_MAX);
    }

    public int largeValueBytes() {
        return whole("large-value-bytes");
    }

    public long logRetainBytes() {
        return bytes("log-retain-bytes");
    }

    public long collectionFloorSeconds() {
        return whole("collection-floor-seconds");
    }

    public long logRetainSeconds() {
        return whole("log-retain-seconds");
    }

    /** Whether writes may be taken where no owner can be reached. */
    public boolean mayWriteBlind() {
        return value("policy").equals("available");
    }

    /** The bounds of the hints that are kept for owners that are away. */
    public HintLimits hintLimits() {
        return new HintLimits(bytes("hint-max-bytes"), 1_000 * bytes("hint-max-age-seconds"),
                bytes("hint-bytes-per-second"));
    }

    /** From where on a wall clock that differs raises the alarm; 0 never. */
    public long clockSkewAlarmMillis() {
        return whole("clock-skew-alarm-millis");
    }

    /** How far in the future a stamp may be to be followed; 0 is no bound. */
    public long clockSkewMaxMillis() {
        return whole("clock-skew-max-millis");
    }

    /** The limit on the node's data; 0 is none. */
    public long maxmemoryBytes() {
        return bytes("maxmemory");
    }

    /** What happens at the limit, by Redis's name. */
    public String maxmemoryPolicy() {
        return value("maxmemory-policy");
    }

    public int maxmemorySamples() {
        return whole("maxmemory-samples");
    }

    public boolean flushAtStart() {
        return yes("flush-at-start");
    }

    /** The password, or an empty string. */
    public String requirepass() {
        return value("requirepass");
    }

    public int maxclients() {
        return whole("maxclients");
    }

    public int protoMaxBulkLenBytes() {
        return whole("proto-max-bulk-len");
    }

    public long clientQueryBufferLimitBytes() {
        return bytes("client-query-buffer-limit");
    }

    /** Seconds after which an idle client is disconnected; 0 never. */
    public int timeoutSeconds() {
        return whole("timeout");
    }

    public int tcpKeepaliveSeconds() {
        return whole("tcp-keepalive");
    }

    /** auto, epoll, nio or io_uring. */
    public String transport() {
        return value("transport");
    }

    public boolean debug() {
        return yes("debug");
    }

    public boolean clusterEnabled() {
        return yes("cluster-enabled");
    }

    public long slowlogLogSlowerThanMicros() {
        return bytes("slowlog-log-slower-than");
    }

    public int slowlogMaxLen() {
        return whole("slowlog-max-len");
    }

    /** A number by the setting's name: for the encodings' thresholds, which have no accessors. */
    public long number(String name) {
        return bytes(name);
    }
}
