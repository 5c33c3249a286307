package dev.henge.resp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.RealRedis;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Plays the same input to this codec and to a redis-server 7.0. */
class CodecAgainstRedisTest {
    private RealRedis redis;

    @BeforeEach
    void start() throws Exception {
        redis = RealRedis.start();
        Assumptions.assumeTrue(redis.isVersion("7.0."), "another version of redis-server");
    }

    @AfterEach
    void stop() throws IOException {
        if (redis != null) {
            redis.close();
        }
    }

    @Test
    void scoresAreReadAndPrintedTheSame() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>(RedisNumbersTest.FLOATS);
        texts.addAll(RedisNumbersTest.NO_FLOATS);
        for (int i = 0; i < 2_000; i++) {
            texts.add(floatText(random));
        }
        for (String text : texts) {
            String ours;
            try {
                double value = RedisNumbers.parseDouble(RespDecoderTest.bytes(text));
                ours = value == 0 ? "0" : RedisNumbers.formatDouble(value);
            } catch (NumberException e) {
                ours = e.getMessage();
            }
            redis.call("DEL", "z");
            Reply added = redis.call("ZADD", "z", text, "m");
            Reply score = added instanceof Reply.Error ? added : redis.call("ZSCORE", "z", "m");
            String theirs = score.asText();
            assertEquals(theirs.equals("-0") ? "0" : theirs, ours, text + ", seed " + seed);
        }
    }

    @Test
    void scoresInResp3() throws Exception {
        redis.call("HELLO", "3");
        for (String text : List.of("0.1", "3", "1e17", "-inf", "1.1e-5")) {
            redis.call("ZADD", "z", text, "m");
            Reply theirs = redis.call("ZSCORE", "z", "m");
            assertEquals(new Reply.Double(Double.parseDouble(text.replace("inf", "Infinity"))), theirs);
        }
        try (RealRedis.Connection connection = redis.connect()) {
            connection.raw(RespDecoderTest.bytes("HELLO 3\r\nZADD z 0.1 m\r\nZSCORE z m\r\n"));
            connection.endOfInput();
            assertTrue(connection.untilClosed().endsWith(",0.10000000000000001\r\n"));
        }
    }

    @Test
    void incrByFloatAddsTheSame() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            String base = floatText(random);
            String increment = floatText(random);
            redis.call("SET", "f", base);
            Reply theirs = redis.call("INCRBYFLOAT", "f", increment);
            assertEquals(theirs.asText(), incrByFloat(base, increment), base + " + " + increment + ", seed " + seed);
        }
    }

    private static String incrByFloat(String base, String increment) {
        try {
            BigDecimal a = RedisNumbers.parseLongDouble(RespDecoderTest.bytes(base), 0, base.length());
            BigDecimal b = RedisNumbers.parseLongDouble(RespDecoderTest.bytes(increment), 0, increment.length());
            BigDecimal sum = a == null || b == null ? null : RedisNumbers.toLongDouble(a.add(b));
            return sum == null ? "ERR increment would produce NaN or Infinity" : RedisNumbers.formatLongDouble(sum);
        } catch (NumberException e) {
            return e.getMessage();
        }
    }

    private static String floatText(Random random) {
        String text = switch (random.nextInt(7)) {
            case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
            case 1 -> Double.toString(random.nextGaussian() * 1000);
            case 2 -> random.nextInt(1000) + "." + random.nextInt(1000);
            case 3 -> random.nextInt(100) + "e" + (random.nextInt(700) - 350);
            case 4 -> Double.toHexString(random.nextGaussian());
            case 5 -> Double.toString(Double.longBitsToDouble(random.nextLong()));
            default -> Math.abs(random.nextLong()) + "." + Math.abs(random.nextLong()) + "e"
                    + (random.nextInt(40) - 20);
        };
        if (random.nextInt(8) == 0) {
            int at = random.nextInt(text.length());
            text = text.substring(0, at) + "0.eExXpP+- infa".charAt(random.nextInt(15)) + text.substring(at);
        }
        return text;
    }

    /** Sends each input whole, with nothing after it; what the server echoes or complains of must be ours. */
    @Test
    void inputIsUnderstoodTheSame() throws Exception {
        List<String> inputs = new ArrayList<>(List.of("*x\r\n", "*1\r\nx\r\n", "*1\r\n\r\n", "*1\r\n$-1\r\n",
                "*1\r\n$x\r\n", "*2147483648\r\n", "*01\r\n", "*1\r\n$536870913\r\n", "*\r\n", "*1\rX$4\rXPINGXX",
                "*1\r\n\u00ff\r\n", "\r\n*0\r\n*-7\r\nECHO a\r\n", "ECHO \"a\"b\r\n", "*2\r\n$4\r\nECHO\r\n*\r\n",
                "a".repeat(70_000), "*" + "1".repeat(70_000), "*1\r\n$" + "1".repeat(70_000)));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String alphabet = "ab\"\"''\\\\ \tnx4g\u000b\r";
        for (int i = 0; i < 3_000; i++) {
            StringBuilder line = new StringBuilder("ECHO ");
            for (int k = random.nextInt(10); k >= 0; k--) {
                line.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            inputs.add(line.append("\r\n").toString());
        }
        for (String input : inputs) {
            try (RealRedis.Connection connection = redis.connect()) {
                connection.raw(RespDecoderTest.bytes(input));
                if (input.length() < 60_000) {
                    connection.endOfInput();
                }
                assertEquals(connection.untilClosed(), answer(input), () -> input + ", seed " + seed);
            }
        }
    }

    /** What a server that knows ECHO and PING only would answer. */
    private static String answer(String input) {
        RespDecoder decoder = new RespDecoder();
        decoder.feed(RespDecoderTest.bytes(input), 0, input.length());
        RespEncoder out = new RespEncoder();
        Request request = new Request();
        try {
            while (decoder.next(request) == RespDecoder.Result.READY) {
                if (request.is(0, "PING") && request.argCount() == 1) {
                    out.simple("PONG");
                } else if (request.is(0, "ECHO") && request.argCount() == 2) {
                    out.bulk(request.buffer(), request.offset(1), request.length(1));
                } else {
                    out.error("ERR wrong number of arguments for 'echo' command");
                }
            }
        } catch (ProtocolException e) {
            out.error("ERR " + e.getMessage());
        }
        return new String(out.array(), 0, out.length(), StandardCharsets.ISO_8859_1);
    }
}
