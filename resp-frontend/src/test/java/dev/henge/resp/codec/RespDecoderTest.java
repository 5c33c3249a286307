package dev.henge.resp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.RespDecoder.Result;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class RespDecoderTest {
    private final RespDecoder decoder = new RespDecoder();
    private final Request request = new Request();

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void feed(String text) {
        decoder.feed(bytes(text), 0, text.length());
    }

    /** All requests of one feed, and the error at the end, if any. */
    static List<List<String>> drain(RespDecoder decoder, Request request) {
        List<List<String>> found = new ArrayList<>();
        try {
            while (decoder.next(request) == Result.READY) {
                List<String> args = new ArrayList<>();
                for (int i = 0; i < request.argCount(); i++) {
                    args.add(request.string(i));
                }
                found.add(args);
            }
        } catch (ProtocolException e) {
            found.add(List.of("-ERR", e.getMessage()));
        }
        return found;
    }

    private List<List<String>> parse(String text) {
        RespDecoder fresh = new RespDecoder();
        fresh.feed(bytes(text), 0, text.length());
        return drain(fresh, request);
    }

    private void breaks(String text, String error) {
        assertEquals(List.of(List.of("-ERR", "Protocol error: " + error)), parse(text), text);
    }

    @Test
    void parsesPipelinedRequestsInPlace() throws ProtocolException {
        byte[] input = bytes("*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n");
        decoder.feed(input, 0, input.length);
        assertEquals(Result.READY, decoder.next(request));
        assertSame(input, request.buffer());
        assertTrue(request.is(0, "get"));
        assertEquals("a", request.string(1));
        assertEquals(Result.READY, decoder.next(request));
        assertEquals("PING", request.string(0));
        assertEquals(Result.NEED_MORE, decoder.next(request));
        assertEquals(0, decoder.bufferBytes());
    }

    @Test
    void skipsEmptyRequests() {
        assertEquals(List.of(List.of("PING")), parse("\r\n\n  \r\n*0\r\n*-1\r\n*-5\r\nPING\r\n"));
    }

    @Test
    void linesEndLooselyAsInRedis() {
        assertEquals(List.of(List.of("PING")), parse("*1\rX$4\rXPINGXX"));
        assertEquals(List.of(List.of("PING", "a")), parse("PING a\r\r\n"));
        assertEquals(List.of(List.of("PING", "a", "b")), parse("PING a\rb\n"));
    }

    @Test
    void breachesAreWordedAsInRedis() {
        breaks("*x\r\n", "invalid multibulk length");
        breaks("*\r\n", "invalid multibulk length");
        breaks("*01\r\n", "invalid multibulk length");
        breaks("*+1\r\n", "invalid multibulk length");
        breaks("*2147483648\r\n", "invalid multibulk length");
        breaks("*1\r\nx\r\n", "expected '$', got 'x'");
        breaks("*1\r\n\r\n", "expected '$', got ' '");
        breaks("*1\r\n\u00ff\r\n", "expected '$', got '\u00ff'");
        breaks("*1\r\n$-1\r\n", "invalid bulk length");
        breaks("*1\r\n$\r\n", "invalid bulk length");
        breaks("*1\r\n$04\r\nPING\r\n", "invalid bulk length");
        breaks("*1\r\n$536870913\r\n", "invalid bulk length");
        breaks("PING \"a\r\n", "unbalanced quotes in request");
        breaks("*" + "1".repeat(70_000), "too big mbulk count string");
        breaks("*1\r\n$" + "1".repeat(70_000), "too big bulk count string");
        breaks("a".repeat(70_000), "too big inline request");
        assertEquals(List.of(), parse("*2147483647\r\n"));
        assertEquals(List.of(), parse("a".repeat(RespDecoder.LINE_BYTES_MAX)));
        assertEquals(1, parse("a".repeat(RespDecoder.LINE_BYTES_MAX) + "\n").size());
    }

    @Test
    void abrokenConnectionStaysBroken() {
        feed("*x\r\n*1\r\n$4\r\nPING\r\n");
        ProtocolException first = assertThrows(ProtocolException.class, () -> decoder.next(request));
        feed("PING\r\n");
        assertSame(first, assertThrows(ProtocolException.class, () -> decoder.next(request)));
    }

    @Test
    void strangersGetNarrowLimits() {
        decoder.authenticated(false);
        feed("*10\r\n$16384\r\n");
        assertEquals(List.of(), drain(decoder, request));
        RespDecoder many = new RespDecoder();
        many.authenticated(false);
        many.feed(bytes("*11\r\n"), 0, 5);
        assertEquals("Protocol error: unauthenticated multibulk length", drain(many, request).get(0).get(1));
        RespDecoder big = new RespDecoder();
        big.authenticated(false);
        big.feed(bytes("*1\r\n$16385\r\n"), 0, 12);
        assertEquals("Protocol error: unauthenticated bulk length", drain(big, request).get(0).get(1));
    }

    @Test
    void theBulkLimitCanBeSet() {
        decoder.bulkBytesMax(3);
        feed("*1\r\n$3\r\nabc\r\n*1\r\n$4\r\n");
        List<List<String>> found = drain(decoder, request);
        assertEquals(List.of("abc"), found.get(0));
        assertEquals("Protocol error: invalid bulk length", found.get(1).get(1));
        assertThrows(IllegalArgumentException.class, () -> decoder.bulkBytesMax(Long.MAX_VALUE));
    }

    @Test
    void inlineQuoting() {
        assertEquals(List.of(List.of("SET", "a b", "c\"d")), parse("SET \"a b\" 'c\"d'\r\n"));
        assertEquals(List.of(List.of("PING", "A\u00ff\\x4g\n\r\t\b\u0007q".replace("\\x4g", "x4g"))),
                parse("PING \"\\x41\\xFF\\x4g\\n\\r\\t\\b\\a\\q\"\n"));
        assertEquals(List.of(List.of("PING", "a'b\\n")), parse("PING 'a\\'b\\n'\r\n"));
        assertEquals(List.of(List.of("PING", "ab")), parse("PING a\"b\"\r\n"));
        assertEquals(List.of(List.of("PING", "", "")), parse("PING \"\" '' \r\n"));
        assertEquals(List.of(List.of("PING", "x\u000b")), parse("\u000b PING \t x\u000b\r\n"));
        for (String bad : List.of("\"a\"b", "'a", "a\"b", "'a'b", "\"\\", "'\\'", "\"a\"\"b\"")) {
            breaks("PING " + bad + "\r\n", "unbalanced quotes in request");
        }
    }

    @Test
    void retainFreesTheCallersArray() throws ProtocolException {
        byte[] shared = bytes("*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n*1\r\n$1");
        decoder.feed(shared, 0, shared.length);
        assertEquals(Result.READY, decoder.next(request));
        decoder.retain();
        java.util.Arrays.fill(shared, (byte) '!');
        feed("\r\nc\r\n");
        assertEquals(List.of(List.of("b"), List.of("c")), drain(decoder, request));
        assertEquals(0, decoder.pendingBytes());
    }

    @Test
    void requestsCanBeSharedBetweenConnections() throws ProtocolException {
        RespDecoder other = new RespDecoder();
        feed("*3\r\n$1\r\na\r\n$1\r\n");
        assertEquals(Result.NEED_MORE, decoder.next(request));
        other.feed(bytes("*2\r\n$1\r\nx\r\n$1\r\ny\r\n"), 0, 18);
        assertEquals(List.of(List.of("x", "y")), drain(other, request));
        feed("b\r\n$1\r\nc\r\n");
        assertEquals(List.of(List.of("a", "b", "c")), drain(decoder, request));
    }

    @Test
    void memoryGrowsWithWhatArrivedOnly() throws ProtocolException {
        feed("*2147483647\r\n$500000000\r\nabc");
        assertEquals(Result.NEED_MORE, decoder.next(request));
        assertTrue(decoder.bufferBytes() <= 1024, "own buffer of " + decoder.bufferBytes());
        byte[] chunk = new byte[16 * 1024];
        long arrived = 30;
        for (int i = 0; i < 100; i++) {
            decoder.feed(chunk, 0, chunk.length);
            assertEquals(Result.NEED_MORE, decoder.next(request));
            arrived += chunk.length;
            assertTrue(decoder.bufferBytes() <= 2 * arrived + 512, decoder.bufferBytes() + " for " + arrived);
        }
    }

    @Test
    void agrownBufferIsGivenBack() {
        String value = "v".repeat(300_000);
        String command = "*1\r\n$300000\r\n" + value + "\r\n";
        feed(command.substring(0, 200_000));
        assertEquals(List.of(), drain(decoder, request));
        feed(command.substring(200_000));
        assertEquals(List.of(List.of(value)), drain(decoder, request));
        assertEquals(0, decoder.bufferBytes());
    }

    @Test
    void asteadyConnectionAllocatesNothing() throws ProtocolException {
        byte[] whole = bytes("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000123456\r\n$5\r\nhello\r\n".repeat(16));
        byte[] cut = bytes("*3\r\n$3\r\nSET\r\n$16\r\nkey:0000001");
        byte[] rest = bytes("23456\r\n$5\r\nhello\r\n");
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        long answered = 0;
        for (int round = 0; round < 20_000; round++) {
            if (round == 10_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            for (byte[] part : List.of(whole, cut, rest)) {
                decoder.feed(part, 0, part.length);
                while (decoder.next(request) == Result.READY) {
                    answered++;
                }
            }
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(20_000 * 17L, answered);
        // The test's own lists are 10,000 of at most 64 bytes each with their iterators.
        assertTrue(allocated < 10_000 * 128, allocated + " bytes for 170,000 requests");
    }

    @Test
    void byteByByteCostsNoMoreThanItsBytes() {
        StringBuilder big = new StringBuilder("*20000\r\n");
        for (int i = 0; i < 20_000; i++) {
            big.append("$1\r\n").append((char) ('a' + i % 26)).append("\r\n");
        }
        byte[] input = bytes(big.toString());
        List<List<String>> found = new ArrayList<>();
        for (int i = 0; i < input.length; i++) {
            decoder.feed(input, i, 1);
            found.addAll(drain(decoder, request));
        }
        assertEquals(20_000, found.get(0).size());
    }

    @Test
    void anySplitGivesTheSameRequests() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 4_000; round++) {
            byte[] input = RequestBytes.random(random);
            RespDecoder whole = new RespDecoder();
            whole.feed(input, 0, input.length);
            List<List<String>> expected = drain(whole, request);
            RespDecoder cut = new RespDecoder();
            List<List<String>> found = new ArrayList<>();
            int partMax = 1 + random.nextInt(1 + random.nextInt(40));
            for (int at = 0; at < input.length;) {
                int part = Math.min(input.length - at, 1 + random.nextInt(partMax));
                byte[] copy = java.util.Arrays.copyOfRange(input, at, at + part);
                cut.feed(copy, 0, part);
                List<List<String>> more = drain(cut, request);
                found.addAll(more);
                if (!more.isEmpty() && more.get(more.size() - 1).get(0).equals("-ERR")) {
                    break;
                }
                assertTrue(cut.bufferBytes() <= 2 * input.length + 512);
                java.util.Arrays.fill(copy, (byte) '#');
                at += part;
            }
            assertEquals(expected, found, () -> "seed " + seed + ": " + new String(input,
                    StandardCharsets.ISO_8859_1));
        }
    }
}
