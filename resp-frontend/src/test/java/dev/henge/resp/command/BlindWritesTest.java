package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Request;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What a node may do with keys of which it knows nothing, and what not. */
class BlindWritesTest {

    private static boolean may(String words) {
        Request request = Request.of(Arrays.stream(words.split(" "))
                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new));
        return BlindWrites.may(words.split(" ")[0].toLowerCase(Locale.ROOT), request);
    }

    @Test
    void writesThatMeanTheSameWhateverTheKeyHolds() {
        for (String words : List.of("SET k v", "SET k v EX 10", "SET k v PXAT 10", "SET k NX", "SET GET XX",
                "SET k v NONSENSE", "SETEX k 10 v", "PSETEX k 10 v", "MSET a 1 b 2", "HSET k NX XX GET KEEPTTL",
                "HMSET k f v", "SADD k NX XX", "ZADD k 1 a", "ZADD k 1 NX 2 CH", "RPUSH k GET", "LPUSH k a b")) {
            assertTrue(may(words), words);
        }
    }

    @Test
    void nothingElse() {
        for (String words : List.of("SET k v NX", "SET k v EX 10 xx", "SET k v get", "SET k v KEEPTTL",
                "ZADD k NX 1 a", "ZADD k CH XX 1 a", "ZADD k incr 1 a", "ZADD k GT 1 a", "ZADD k lt 1 a",
                "GET k", "INCR k", "SETNX k v", "GETSET k v", "GETDEL k", "APPEND k v", "SETRANGE k 0 v", "DEL k",
                "UNLINK k", "EXPIRE k 10", "PERSIST k", "MSETNX a 1", "HSETNX k f v", "HINCRBY k f 1", "HDEL k f",
                "SREM k m", "SPOP k", "SMOVE a b m", "SUNIONSTORE a b", "ZINCRBY k 1 m", "ZREM k m", "ZPOPMIN k",
                "RPOP k", "LPUSHX k v", "RPUSHX k v", "LINSERT k BEFORE a b", "LSET k 0 v", "RENAME a b", "COPY a b",
                "EXISTS k", "SMEMBERS k", "HENGE.DUMP k", "HENGE.RESTORE k v", "FLUSHALL")) {
            assertEquals(false, may(words), words);
        }
    }

    /** Each is a write in the table, so that nothing that reads is ever let through by mistake. */
    @Test
    void allAreWrites() {
        CommandTable<Object> table = CommandTable.redis();
        int found = 0;
        for (CommandSpec<Object> spec : table.commands()) {
            if (BlindWrites.has(spec.name())) {
                assertTrue(spec.write(), spec.name());
                found++;
            }
        }
        assertEquals(10, found);
    }
}
