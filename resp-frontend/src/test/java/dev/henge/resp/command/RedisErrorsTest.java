package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.henge.resp.RealRedis;
import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Provokes each error in a redis-server 7.0. */
class RedisErrorsTest {
    /** What makes the server give an error; "" is an argument, ~ a blank in one. */
    private static Map<String, String> provocations() {
        Map<String, String> errors = new LinkedHashMap<>();
        errors.put("get l", RedisErrors.WRONG_TYPE);
        errors.put("set a b nx xx", RedisErrors.SYNTAX);
        errors.put("incr s", RedisErrors.NOT_AN_INTEGER);
        errors.put("select x", RedisErrors.NOT_AN_INTEGER);
        errors.put("incrbyfloat s 1", RedisErrors.NOT_A_FLOAT);
        errors.put("lpop l x", RedisErrors.NOT_POSITIVE);
        errors.put("zrandmember z -9223372036854775807 withscores", RedisErrors.OUT_OF_RANGE);
        errors.put("srandmember nope -9223372036854775808", RedisErrors.notBetween(-Long.MAX_VALUE, Long.MAX_VALUE));
        errors.put("rename nope a", RedisErrors.NO_SUCH_KEY);
        errors.put("lset l 5 x", RedisErrors.INDEX_OUT_OF_RANGE);
        errors.put("setrange s -1 x", RedisErrors.OFFSET_OUT_OF_RANGE);
        errors.put("setrange s 536870912 x", RedisErrors.STRING_TOO_LONG);
        errors.put("incr n", RedisErrors.INCREMENT_OVERFLOW);
        errors.put("hincrby h n 1", RedisErrors.INCREMENT_OVERFLOW);
        errors.put("decrby n -9223372036854775808", RedisErrors.DECREMENT_OVERFLOW);
        errors.put("incrbyfloat n inf", RedisErrors.INCREMENT_NAN);
        errors.put("zincrby z -inf a", RedisErrors.SCORE_NAN);
        errors.put("hincrby h f 1", RedisErrors.HASH_VALUE_NOT_AN_INTEGER);
        errors.put("hincrbyfloat h f 1", RedisErrors.HASH_VALUE_NOT_A_FLOAT);
        errors.put("zrangebyscore z a b", RedisErrors.MIN_MAX_NOT_A_FLOAT);
        errors.put("zrangebylex z a b", RedisErrors.MIN_MAX_NOT_A_STRING_RANGE);
        errors.put("select 99", RedisErrors.DB_OUT_OF_RANGE);
        errors.put("swapdb x 1", RedisErrors.INVALID_FIRST_DB);
        errors.put("swapdb 1 x", RedisErrors.INVALID_SECOND_DB);
        errors.put("scan x", RedisErrors.INVALID_CURSOR);
        errors.put("lmpop 0 a left", RedisErrors.NUMKEYS_NOT_POSITIVE);
        errors.put("sintercard 1 a limit -1", RedisErrors.LIMIT_NEGATIVE);
        errors.put("lmpop 1 l left count 0", RedisErrors.COUNT_NOT_POSITIVE);
        errors.put("lpos l a count -1", RedisErrors.COUNT_NEGATIVE);
        errors.put("blpop l x", RedisErrors.TIMEOUT_NOT_A_FLOAT);
        errors.put("xread block x streams a 0", RedisErrors.TIMEOUT_NOT_AN_INTEGER);
        errors.put("blpop l -1", RedisErrors.TIMEOUT_NEGATIVE);
        errors.put("auth u p", RedisErrors.WRONG_PASS);
        errors.put("auth p", RedisErrors.AUTH_WITHOUT_PASSWORD);
        errors.put("hello 5", RedisErrors.NO_PROTO);
        errors.put("hello x", RedisErrors.PROTOCOL_NOT_AN_INTEGER);
        errors.put("script kill", RedisErrors.NOT_BUSY);
        errors.put("evalsha 0123456789012345678901234567890123456789 0", RedisErrors.NO_SCRIPT);
        errors.put("restore s 0 x", RedisErrors.BUSY_KEY);
        errors.put("exec", RedisErrors.EXEC_WITHOUT_MULTI);
        errors.put("discard", RedisErrors.DISCARD_WITHOUT_MULTI);
        errors.put("copy s s", RedisErrors.SAME_OBJECT);
        errors.put("setbit s 0 2", RedisErrors.BIT_NOT_A_BIT);
        errors.put("setbit s -1 1", RedisErrors.BIT_OFFSET);
        errors.put("bitpos s 2", RedisErrors.BIT_NOT_0_OR_1);
        errors.put("xadd x foo a b", RedisErrors.INVALID_STREAM_ID);
        errors.put("zadd z nx xx 1 a", RedisErrors.XX_AND_NX);
        errors.put("zadd z gt lt 1 a", RedisErrors.GT_LT_NX);
        errors.put("expire s 1 nx xx", RedisErrors.NX_AND_OTHERS);
        errors.put("expire s 1 gt lt", RedisErrors.GT_AND_LT);
        errors.put("zunion 0 a", RedisErrors.noInputKey("zunion"));
        errors.put("set a b ex 0", RedisErrors.invalidExpireTime("set"));
        errors.put("expire s 9223372036854775807", RedisErrors.invalidExpireTime("expire"));
        errors.put("get", RedisErrors.wrongArgCount("get"));
        errors.put("client id x", RedisErrors.wrongArgCount("client|id"));
        errors.put("cLient nope", RedisErrors.unknownSubcommand("nope", "CLIENT"));
        for (String line : List.of("nosuch", "nosuch a b", "n " + "b".repeat(100) + " " + "c".repeat(100) + " d",
                "n".repeat(200) + " " + "b".repeat(200))) {
            errors.put(line, RedisErrors.unknownCommand(Request.of(line.split(" "))));
        }
        return errors;
    }

    private static void gives(RealRedis redis, String line, String text) throws Exception {
        assertEquals(new Reply.Error(text.stripTrailing()), stripped(redis.call(line.split(" "))), line);
    }

    private static Reply stripped(Reply reply) {
        return reply instanceof Reply.Error error ? new Reply.Error(error.text().stripTrailing()) : reply;
    }

    @Test
    void textsAreThoseOfRedis() throws Exception {
        try (RealRedis redis = RealRedis.start()) {
            Assumptions.assumeTrue(redis.isVersion("7.0."), "another version of redis-server");
            redis.call("SET", "s", "abc");
            redis.call("RPUSH", "l", "a");
            redis.call("SET", "n", "9223372036854775807");
            redis.call("HSET", "h", "f", "x", "n", "9223372036854775807");
            redis.call("ZADD", "z", "inf", "a");
            for (Map.Entry<String, String> error : provocations().entrySet()) {
                gives(redis, error.getKey(), error.getValue());
            }
            gives(redis, "copy s t db x", RedisErrors.NOT_AN_INTEGER);
            redis.call("MULTI");
            gives(redis, "multi", RedisErrors.NESTED_MULTI);
            gives(redis, "watch a", RedisErrors.WATCH_IN_MULTI);
            gives(redis, "get", RedisErrors.wrongArgCount("get"));
            gives(redis, "exec", RedisErrors.EXEC_ABORT);
            redis.call("MULTI");
            gives(redis, "sync", RedisErrors.NOT_IN_TRANSACTION);
            redis.reconnect();
            redis.call("CONFIG", "SET", "requirepass", "secret");
            redis.reconnect();
            gives(redis, "get a", RedisErrors.NO_AUTH);
            try (RealRedis.Connection stranger = redis.connect()) {
                stranger.raw("*11\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertEquals("-ERR Protocol error: unauthenticated multibulk length\r\n", stranger.untilClosed());
            }
            try (RealRedis.Connection stranger = redis.connect()) {
                stranger.raw("*10\r\n$16385\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertEquals("-ERR Protocol error: unauthenticated bulk length\r\n", stranger.untilClosed());
            }
        }
    }
}
