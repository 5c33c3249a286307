package dev.henge.node;

import static dev.henge.node.Setting.Group.ADDRESSES;
import static dev.henge.node.Setting.Group.CLIENTS;
import static dev.henge.node.Setting.Group.DURABILITY;
import static dev.henge.node.Setting.Group.PROCESS;
import static dev.henge.node.Setting.Group.REDIS;
import static dev.henge.node.Setting.Group.RING;
import static dev.henge.node.Setting.choice;
import static dev.henge.node.Setting.of;
import static dev.henge.node.Setting.secret;
import static dev.henge.node.Setting.size;
import static dev.henge.node.Setting.text;
import static dev.henge.node.Setting.whole;
import static dev.henge.node.Setting.yesNo;

import dev.henge.gossip.wire.ClusterSecret;
import dev.henge.node.Setting.Kind;
import dev.henge.ring.transfer.RingChanges;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table of all settings. Parsing, help, CONFIG GET and SET, and docs/configuration.md are fed by it, so that a new
 * setting is one row here and one accessor in {@link NodeConfig}.
 */
public final class Settings {
    private static final long MB = 1L << 20;
    private static final long GB = 1L << 30;
    private static final int INT_MAX = Integer.MAX_VALUE;
    private static final long ANY = Long.MAX_VALUE;

    /** Every setting, in the order in which it is documented. */
    public static final List<Setting> ALL = table();

    private static final Map<String, Setting> BY_NAME = byName();

    private Settings() {
    }

    private static List<Setting> table() {
        List<Setting> rows = new ArrayList<>();
        addresses(rows);
        ring(rows);
        durability(rows);
        clients(rows);
        process(rows);
        redis(rows);
        return List.copyOf(rows);
    }

    private static void addresses(List<Setting> rows) {
        rows.add(text(ADDRESSES, "host", "127.0.0.1",
                "Address to listen on; 0.0.0.0 listens on every interface.").redis("bind").asFlag());
        rows.add(whole(ADDRESSES, "port", 6379, 0, NodeConfig.PORT_MAX,
                "Port for clients; 0 takes a free one.").redis().asFlag());
        rows.add(whole(ADDRESSES, "internal-port", 0, 0, NodeConfig.PORT_MAX,
                "Port (TCP) on which nodes replicate to each other.").derived("port + 10000").asFlag());
        rows.add(whole(ADDRESSES, "gossip-port", 0, 0, NodeConfig.PORT_MAX,
                "Port (TCP and UDP) on which nodes tell each other who is alive.").derived("port + 11000").asFlag());
        rows.add(text(ADDRESSES, "announce-host", "",
                "Address that other nodes and cluster-aware clients are told.")
                .derived("host; if that is 0.0.0.0 or ::, the first address that is not loopback").asFlag());
        rows.add(whole(ADDRESSES, "announce-port", 0, 0, NodeConfig.PORT_MAX,
                "Client port that other nodes and cluster-aware clients are told.").derived("port"));
        rows.add(text(ADDRESSES, "dir", "./henge-data/node-1",
                "Directory of the node's data; made if absent; used by one process at a time.").redis().asFlag());
        rows.add(of(Kind.SEEDS, ADDRESSES, "seeds", "",
                "Nodes to meet first. The port is the client port; the gossip port is that + 11000 unless given.")
                .asFlag());
    }

    private static void ring(List<Setting> rows) {
        rows.add(text(RING, "cluster-name", "henge",
                "Name of the ring; nodes with another name are not let in.").asFlag());
        rows.add(secret(RING, "cluster-secret", ClusterSecret.CHARS_MIN,
                "What every node of the ring must prove that it knows, the same on all; empty asks for no proof. Prefer "
                        + "the environment or a file: flags can be read by every user of the machine. No command "
                        + "shows it."));
        rows.add(whole(RING, "bootstrap-nodes", 0, 1, 1_000,
                "How many nodes must have met before the ring is formed the first time; without meaning afterwards.")
                .derived("1 without seeds, 3 with seeds").asFlag());
        rows.add(yesNo(RING, "join", false,
                "Join a running ring instead of forming one: the node waits until an operator gives it vnodes. Without "
                        + "meaning once it is in a ring.").asFlag());
        rows.add(whole(RING, "replicas", 3, 1, RingChanges.MAX_REPLICAS,
                "N: how many nodes own each vnode. A ring with fewer nodes has as many owners as nodes.").asFlag());
        rows.add(of(Kind.QUORUM, RING, "write-quorum", "majority",
                "W: how many owners have a write in their logs before it is acknowledged.").asFlag());
        rows.add(choice(RING, "read-quorum", List.of("primary", "quorum", "all", "one"),
                "R: whose word a read takes. The acting primary's; the same once a majority of the owners, or all, have "
                        + "answered; or that of any one owner, be it old.").asFlag().atRunTime());
        rows.add(choice(RING, "policy", List.of("available", "unique-safe", "strict"),
                "What is refused while no majority of a vnode's owners can be reached: available refuses only what it "
                        + "cannot know, unique-safe also commands that hand out or exclude (INCR, SETNX, LPOP), strict "
                        + "reads and writes.").asFlag());
        rows.add(whole(RING, "lease-millis", 1_500, 100, 600_000,
                "How long a grant to an acting primary lasts: the pause before another node takes over is at most "
                        + "about this.").unit("ms"));
        rows.add(whole(RING, "anti-entropy-interval-seconds", 60, 0, 86_400,
                "Each vnode is compared with each of its other owners at least this often; 0 never.").unit("s")
                .atRunTime());
        rows.add(size(RING, "anti-entropy-bytes-per-second", MB, 1_024, ANY,
                "What the comparisons that this node begins may send and be sent, in the mean.").atRunTime());
        rows.add(whole(RING, "scrub-days", 7, 0, 365,
                "About how long a pass over all rows on the disk takes, which finds those that the disk has changed; "
                        + "0 makes none.").unit("days").atRunTime());
        rows.add(size(RING, "hint-max-bytes", 256 * MB, 0, ANY,
                "How much of what absent owners miss this node keeps for them, in their stead; more is refused. 0 keeps "
                        + "nothing, and takes no blind writes."));
        rows.add(whole(RING, "hint-max-age-seconds", 10_800, 0, 31_536_000,
                "How long it keeps that: an owner that is away for longer takes it from the others. What no owner has is "
                        + "kept for ever; 0 keeps all for ever.").unit("s"));
        rows.add(size(RING, "hint-bytes-per-second", 8 * MB, 1, ANY,
                "How fast it is handed over to owners that have come back."));
        rows.add(whole(RING, "clock-skew-alarm-millis", 500, 0, 86_400_000,
                "A peer whose wall clock differs by more than this is told of in the log and in INFO; 0 never.").unit("ms"));
        rows.add(whole(RING, "clock-skew-max-millis", 60_000, 0, INT_MAX,
                "This node's stamps do not follow a stamp that is further in the future than this. The write is taken all "
                        + "the same; 0 sets no bound.").unit("ms"));
        rows.add(whole(RING, "collection-floor-seconds", 60, 1, 31_536_000,
                "How long what tells of deletes is kept, at least, after every owner is known to have it; then it goes.")
                .unit("s"));
        rows.add(whole(RING, "vnodes", 1_024, 1, 16_384,
                "Q: into how many vnodes the 16384 slots are cut; a power of two, fixed when the ring is formed."));
        rows.add(whole(RING, "tokens", 256, 1, 4_096,
                "Tokens that a node of weight 1 has on the ring; the same on every node."));
        rows.add(text(RING, "zone", "",
                "Failure zone (rack, data centre); owners of a vnode are taken from distinct zones first.").asFlag());
        rows.add(whole(RING, "weight", 1, 1, 100,
                "Share of the data that this node takes, relative to the others."));
    }

    private static void durability(List<Setting> rows) {
        rows.add(of(Kind.LOG_SYNC, DURABILITY, "log-sync", "everysec",
                "When the commit log is forced to disk: always (before the reply), everysec, every so many "
                        + "milliseconds, or never (left to the system).").asFlag());
        rows.add(size(DURABILITY, "memtable-bytes", 0, 0, ANY,
                "Memory for writes that are not yet in tables, all shards together; 0 takes two thirds of "
                        + "the heap's old generation, which is seven eighths of the heap; 3gb at most."));
        rows.add(size(DURABILITY, "large-value-bytes", 4_096, 64, 512 * MB,
                "Values from this size up are kept apart from the tables, in the value log."));
        rows.add(size(DURABILITY, "log-retain-bytes", 256 * MB, MB, ANY,
                "How much commit log is kept for owners that are away; an owner that misses more is compared row by "
                        + "row. What every owner has is not kept."));
        rows.add(whole(DURABILITY, "log-retain-seconds", 86_400, 0, 31_536_000,
                "How long commit log is kept for owners that are away; whichever of size and time is reached first "
                        + "counts.").unit("s"));
        rows.add(size(DURABILITY, "maxmemory", 0, 0, ANY,
                "Limit on this node's data, on disk and in memtables, not counting what is superseded or deleted; 0 "
                        + "sets none. The same on every node.").redis().asFlag().atRunTime());
        rows.add(choice(DURABILITY, "maxmemory-policy",
                List.of("volatile-lru", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-random",
                        "noeviction"),
                "What happens at maxmemory: noeviction refuses what would need more room; the others evict keys, "
                        + "volatile ones only keys with a deadline. The lfu policies are not offered.")
                .orElse("noeviction").redis().asFlag().atRunTime());
        rows.add(whole(DURABILITY, "maxmemory-samples", 5, 1, INT_MAX,
                "How many keys are looked at for each that is evicted, by lru.").redis().atRunTime());
        rows.add(yesNo(DURABILITY, "flush-at-start", false,
                "Delete all data of the node's directory before it starts. For tests and caches."));
    }

    private static void clients(List<Setting> rows) {
        rows.add(text(CLIENTS, "requirepass", "",
                "Password that clients give with AUTH; empty asks for none. Prefer the environment or a file: flags "
                        + "can be read by every user of the machine.").redis().atRunTime());
        rows.add(whole(CLIENTS, "maxclients", 10_000, 1, 1_000_000,
                "Client connections at a time; the next one gets an error.").redis().atRunTime());
        rows.add(whole(CLIENTS, "databases", 16, 1, 256, "Databases that SELECT can choose from.").redis());
        rows.add(whole(CLIENTS, "command-timeout-millis", 5_000, 10, 3_600_000,
                "How long a command may wait for its owners; after that the reply says that the outcome is not known.")
                .unit("ms").atRunTime());
        rows.add(whole(CLIENTS, "timeout", 0, 0, INT_MAX,
                "Idle time after which a client is disconnected; 0 never.").unit("s").redis().atRunTime());
        rows.add(whole(CLIENTS, "tcp-keepalive", 300, 0, INT_MAX,
                "Interval of TCP keep-alive probes; 0 switches them off.").unit("s").redis().atRunTime());
        rows.add(size(CLIENTS, "proto-max-bulk-len", 512 * MB, MB, INT_MAX,
                "Largest single argument.").redis().atRunTime());
        rows.add(size(CLIENTS, "client-query-buffer-limit", GB, MB, ANY,
                "Most bytes of commands not yet executed that a connection may have.").redis().atRunTime());
    }

    private static void process(List<Setting> rows) {
        rows.add(choice(PROCESS, "transport", List.of("auto", "epoll", "nio", "io_uring"),
                "How sockets are served; auto is epoll on Linux and nio elsewhere."));
        rows.add(yesNo(PROCESS, "debug", false, "Log at debug level.").asFlag());
    }

    private static void redis(List<Setting> rows) {
        rows.add(yesNo(REDIS, "cluster-enabled", true,
                "What INFO and CONFIG GET tell clients; every node answers for every key either way.").redis());
        rows.add(text(REDIS, "save", "", "Without effect: there are no snapshots by the clock.").redis().atRunTime());
        rows.add(choice(REDIS, "appendonly", List.of("yes"),
                "There is always a commit log; log-sync says when it is forced to disk.").redis().atRunTime());
        rows.add(of(Kind.FOLLOWS, REDIS, "appendfsync", "",
                "log-sync in Redis's words.").derived("log-sync").redis());
        rows.add(text(REDIS, "notify-keyspace-events", "",
                "Which keyspace events are published, in Redis's letters.").redis().atRunTime());
        rows.add(whole(REDIS, "slowlog-log-slower-than", 10_000, -1, ANY,
                "Commands that take longer are put into the slow log; -1 switches it off.")
                .unit("µs").redis().atRunTime());
        rows.add(whole(REDIS, "slowlog-max-len", 128, 0, 100_000, "Entries of the slow log.").redis().atRunTime());
        rows.add(whole(REDIS, "latency-monitor-threshold", 0, 0, ANY, "Without effect.")
                .unit("ms").redis().atRunTime());
        encoding(rows, "hash-max-listpack-entries", 128);
        encoding(rows, "hash-max-listpack-value", 64);
        encoding(rows, "hash-max-ziplist-entries", 128);
        encoding(rows, "hash-max-ziplist-value", 64);
        encoding(rows, "list-max-listpack-size", -2);
        encoding(rows, "list-max-ziplist-size", -2);
        encoding(rows, "list-compress-depth", 0);
        encoding(rows, "set-max-intset-entries", 512);
        encoding(rows, "set-max-listpack-entries", 128);
        encoding(rows, "set-max-listpack-value", 64);
        encoding(rows, "zset-max-listpack-entries", 128);
        encoding(rows, "zset-max-listpack-value", 64);
        encoding(rows, "zset-max-ziplist-entries", 128);
        encoding(rows, "zset-max-ziplist-value", 64);
        encoding(rows, "hll-sparse-max-bytes", 3_000);
        encoding(rows, "stream-node-max-entries", 100);
        encoding(rows, "stream-node-max-bytes", 4_096);
    }

    private static void encoding(List<Setting> rows, String name, long defaultValue) {
        rows.add(whole(REDIS, name, defaultValue, Math.min(defaultValue, 0) < 0 ? -5 : 0, ANY,
                "At most what OBJECT ENCODING answers depends on it.").redis().atRunTime());
    }

    private static Map<String, Setting> byName() {
        Map<String, Setting> map = new LinkedHashMap<>();
        for (Setting setting : ALL) {
            if (map.put(setting.name(), setting) != null) {
                throw new IllegalStateException("two settings are called " + setting.name());
            }
        }
        return Collections.unmodifiableMap(map);
    }

    /** The setting of this name, or null. */
    public static Setting find(String name) {
        return BY_NAME.get(normal(name));
    }

    /** The setting of this name. */
    public static Setting named(String name) {
        Setting setting = find(name);
        if (setting == null) {
            throw new SettingException(
                    "unknown setting '" + Sizes.oneLine(name) + "'; did you mean '" + nearest(normal(name)) + "'?");
        }
        return setting;
    }

    private static String normal(String name) {
        return name.trim().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The valid name that is the fewest edits away. */
    static String nearest(String name) {
        return nearest(name, ALL.stream().map(Setting::name).toList());
    }

    /** The candidate that is the fewest edits away; the first of equals. */
    public static String nearest(String name, List<String> candidates) {
        String best = "";
        int fewest = INT_MAX;
        for (String candidate : candidates) {
            int edits = edits(name, candidate);
            if (edits < fewest) {
                fewest = edits;
                best = candidate;
            }
        }
        return best;
    }

    /** The Levenshtein distance, one row of the table at a time. */
    static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int column = 0; column < row.length; column++) {
            row[column] = column;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substitute = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
