package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.RealRedis;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.codec.RespReader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Compares what is told of commands with what a redis-server 7.0 tells. */
class CommandsAgainstRedisTest {
    private RealRedis redis;
    private final CommandTable<String> table = CommandTable.redis();
    private final CommandIntrospection<String> commands = new CommandIntrospection<>(table);

    @BeforeEach
    void start() throws Exception {
        redis = RealRedis.start();
        Assumptions.assumeTrue(redis.isVersion("7.0."), "another version of redis-server");
        for (CommandSpec<String> spec : table.commands()) {
            table.bind(spec.name(), "x");
            spec.subcommands().forEach(sub -> table.bind(sub.name(), "x"));
        }
    }

    @AfterEach
    void stop() throws IOException {
        if (redis != null) {
            redis.close();
        }
    }

    private Reply ours(int version, String... args) throws Exception {
        Request request = Request.of(args);
        RespEncoder out = new RespEncoder().version(version);
        if (request.argCount() == 1) {
            commands.command(out);
            return RespReader.one(out);
        }
        switch (args[1]) {
            case "INFO" -> commands.info(request, out);
            case "DOCS" -> commands.docs(request, out);
            case "LIST" -> commands.list(request, out);
            case "COUNT" -> commands.count(out);
            case "HELP" -> commands.help(out);
            case "GETKEYS" -> commands.getKeys(request, out);
            case "GETKEYSANDFLAGS" -> commands.getKeysAndFlags(request, out);
            default -> throw new IllegalArgumentException(args[1]);
        }
        return RespReader.one(out);
    }

    /** Order in sets and maps of commands is chance in Redis; the entries that the table lacks are left out. */
    private static Reply comparable(Reply reply, boolean ordered) {
        if (reply instanceof Reply.Map map) {
            List<Reply> kept = new ArrayList<>();
            List<List<Reply>> pairs = new ArrayList<>();
            for (int i = 0; i < map.keysAndValues().size(); i += 2) {
                String key = map.keysAndValues().get(i).asText();
                if (!List.of("summary", "arguments", "history", "notes").contains(key)) {
                    pairs.add(List.of(map.keysAndValues().get(i), comparable(map.keysAndValues().get(i + 1), false)));
                }
            }
            if (!ordered) {
                pairs.sort(Comparator.comparing(pair -> pair.get(0).asText()));
            }
            pairs.forEach(kept::addAll);
            return new Reply.Map(kept);
        }
        if (reply instanceof Reply.SetReply set) {
            return new Reply.SetReply(set.elements().stream().map(e -> comparable(e, false))
                    .sorted(Comparator.comparing(Object::toString)).toList());
        }
        if (reply instanceof Reply.Array array) {
            boolean subcommands = !array.elements().isEmpty() && array.elements().stream().allMatch(e ->
                    e instanceof Reply.Array a && a.elements().size() == 10
                            && a.elements().get(0).asText().contains("|"));
            return new Reply.Array(array.elements().stream().map(e -> comparable(e, true))
                    .sorted(subcommands ? Comparator.comparing(Object::toString) : (a, b) -> 0).toList());
        }
        return reply;
    }

    private void same(String... args) throws Exception {
        assertEquals(comparable(redis.call(args), false), comparable(ours(3, args), false), String.join(" ", args));
    }

    private List<String> allNames() {
        List<String> names = new ArrayList<>();
        table.forEachImplemented(spec -> names.add(spec.name()));
        return names;
    }

    @Test
    void everyCommandIsToldInResp3AsInRedis() throws Exception {
        redis.call("HELLO", "3");
        for (String name : allNames()) {
            same("COMMAND", "INFO", name);
            same("COMMAND", "DOCS", name);
        }
        same("COMMAND", "INFO", "nosuch", "get", "get|x", "client|nope", "OBJECT|ENCODING");
        same("COMMAND", "DOCS", "nosuch", "get");
        same("COMMAND", "HELP");
        same("COMMAND", "COUNT");
        assertEquals(240, ((Reply.Array) ours(3, "COMMAND")).elements().size());
        assertEquals(240, ((Reply.Array) ours(3, "COMMAND", "INFO")).elements().size());
        assertEquals(480, ((Reply.Map) ours(3, "COMMAND", "DOCS")).keysAndValues().size());
    }

    @Test
    void commandsWithoutSubcommandsAreToldInResp2ByteForByte() throws Exception {
        int compared = 0;
        for (CommandSpec<String> spec : table.commands()) {
            if (!spec.isContainer()) {
                Reply theirs = redis.call("COMMAND", "INFO", spec.name());
                if (!theirs.toString().contains("notes")) {
                    assertEquals(theirs, ours(2, "COMMAND", "INFO", spec.name()), spec.name());
                    compared++;
                }
            }
        }
        assertTrue(compared > 200, compared + " compared");
    }

    @Test
    void lists() throws Exception {
        for (String[] filter : new String[][] {{}, {"FILTERBY", "MODULE", "x"}, {"FILTERBY", "ACLCAT", "hyperloglog"},
            {"FILTERBY", "ACLCAT", "DANGEROUS"}, {"FILTERBY", "ACLCAT", "@read"}, {"FILTERBY", "ACLCAT", "nosuch"},
            {"FILTERBY", "PATTERN", "X*R*"}, {"filterby", "pattern", "[a-c]*|?e*"}, {"FILTERBY", "FOO", "x"}, {"FOO"},
            {"FILTERBY", "ACLCAT"}}) {
            List<String> args = new ArrayList<>(List.of("COMMAND", "LIST"));
            args.addAll(List.of(filter));
            assertEquals(sorted(redis.call(args.toArray(String[]::new))), sorted(ours(2, args.toArray(String[]::new))),
                    args.toString());
        }
    }

    private static Reply sorted(Reply reply) {
        return reply instanceof Reply.Array array
                ? new Reply.Array(array.elements().stream().sorted(Comparator.comparing(Reply::asText)).toList())
                        : reply;
    }

    @Test
    void keysAreFoundAsInRedis() throws Exception {
        for (String line : List.of("GET a", "SET a b", "SET a b GET", "SET a b EX 1 get", "MSET a 1 b 2", "MSET a 1 b",
                "ZUNIONSTORE d 2 a b", "ZUNIONSTORE d 3 a b", "ZUNIONSTORE d 0 a", "ZUNIONSTORE d -1 a", "ZUNION 1 a",
                "ZUNIONSTORE d x a", "SORT a", "SORT a STORE b",
                "SORT a BY w_* LIMIT 0 store GET store STORE b STORE c",
                "SORT a STORE", "SORT_RO a BY b", "GEORADIUS a 0 0 1 km", "GEORADIUS a 0 0 1 km STORE b",
                "GEORADIUS a 0 0 1 km STOREDIST b", "GEORADIUS a 0 0 1 km STORE b STOREDIST c",
                "GEORADIUS a 0 0 1 km STORE", "GEORADIUS a 0 0 1 km STORE b STOREDIST",
                "GEORADIUSBYMEMBER a m 1 km store b", "GEORADIUS_RO a 0 0 1 km",
                "MIGRATE h 1 k 0 10", "MIGRATE h 1  0 10 KEYS a b", "MIGRATE h 1 k 0 10 COPY KEYS a b",
                "MIGRATE h 1  0 10 AUTH2 keys pw KEYS a b", "MIGRATE h 1  0 10 COPY AUTH keys KEYS a",
                "XREAD STREAMS a b 0 0", "XREAD COUNT 1 STREAMS a b c 0 0 0", "XREAD COUNT 1 BLOCK 0",
                "XREAD STREAMS a b 0", "XREADGROUP GROUP g c COUNT 1 STREAMS a >",
                "XREADGROUP STREAMS a b c d 1 2 3 4", "XREADGROUP STREAMS a b c d streams streams",
                "XREADGROUP NOACK STREAMS a b c 1 2 3", "XREADGROUP BLOCK 0 STREAMS a b 1 2 STREAMS",
                "XREADGROUP COUNT 1 STREAMS a b 1 2 STREAMS x y", "XREADGROUP x STREAMS a b 1 2 3", "BITFIELD a GET u8 0",
                "BITFIELD a GET u8 0 GET u8 1", "BITFIELD a SET u8 0 1", "BITFIELD a OVERFLOW SAT",
                "BITFIELD a GET u8 0 OVERFLOW SAT", "BITFIELD a", "BITFIELD_RO a GET u8 0", "EVAL s 2 a b c",
                "EVAL s 0",
                "EVAL s 3 a", "EVALSHA s 1 a", "FCALL f 1 a b", "FCALL f 0", "BITOP AND d a b", "BLPOP a b 0",
                "LMPOP 2 a b LEFT",
                "BLMPOP 0 2 a b LEFT", "ZMPOP 1 a MIN", "BZMPOP 0 1 a MIN", "SINTERCARD 2 a b",
                "ZINTERCARD 2 a b LIMIT 1",
                "OBJECT ENCODING a", "MEMORY USAGE a", "XGROUP CREATE a g 0", "XINFO STREAM a", "RENAME a b",
                "COPY a b",
                "LMOVE a b LEFT LEFT", "SMOVE a b m", "PFMERGE d a b", "PFCOUNT a b", "PFDEBUG x a", "LCS a b",
                "ZRANGESTORE d a 0 1", "GEOSEARCHSTORE d a FROMMEMBER m", "DEL a b c", "UNLINK a", "TOUCH a b",
                "WATCH a b",
                "EXISTS a b", "SDIFFSTORE d a b", "SUBSCRIBE a", "SPUBLISH c m", "SSUBSCRIBE a b", "PING", "NOSUCH a",
                "GET", "GET a b", "CLIENT ID", "CLIENT NOPE", "KEYS *", "RESTORE a 0 x", "DEBUG OBJECT a",
                "HSET a f v",
                "GETEX a", "XADD a * f v", "XAUTOCLAIM a g c 0 0", "SCAN 0", "SELECT 1", "SWAPDB 0 1", "MOVE a 1")) {
            agree(line.split(" "));
        }
    }

    @Test
    void keysOfRandomArgumentsAreFoundAsInRedis() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<String> names = allNames();
        String[] words = {"a", "b", "0", "1", "2", "3", "store", "STOREDIST", "KEYS", "streams", "get", "by",
                "limit", "set",
            "-1", "overflow", "", "auth", "auth2", "x"};
        for (int i = 0; i < 12_000; i++) {
            String name = random.nextInt(3) > 0 ? names.get(random.nextInt(names.size()))
                    : List.of("sort", "migrate", "georadius", "xread", "bitfield", "set", "eval", "zunionstore",
                            "georadiusbymember", "sort_ro", "xreadgroup").get(random.nextInt(11));
            List<String> args = new ArrayList<>(List.of(name.split("\\|")));
            for (int k = random.nextInt(13); k > 0; k--) {
                args.add(words[random.nextInt(words.length)]);
            }
            try {
                agree(args.toArray(String[]::new));
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void agree(String... line) throws Exception {
        for (String sub : List.of("GETKEYS", "GETKEYSANDFLAGS")) {
            String[] args = new String[line.length + 2];
            args[0] = "COMMAND";
            args[1] = sub;
            System.arraycopy(line, 0, args, 2, line.length);
            Reply theirs = redis.call(args);
            if (theirs instanceof Reply.Error error && error.text().contains("command|getkeys")) {
                continue;
            }
            assertEquals(theirs, ours(2, args), String.join(" ", args));
        }
    }
}
