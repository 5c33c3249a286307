package dev.henge.resp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class RespReaderTest {
    private static Reply read(String text) throws ProtocolException {
        byte[] bytes = RespDecoderTest.bytes(text);
        return RespReader.one(bytes, 0, bytes.length);
    }

    private static Reply random(Random random, int depth) {
        int kinds = depth > 3 ? 9 : 13;
        return switch (random.nextInt(kinds)) {
            case 0 -> new Reply.Simple("s" + random.nextInt(1000));
            case 1 -> new Reply.Error("ERR e" + random.nextInt(1000));
            case 2 -> new Reply.Int(random.nextLong() >> random.nextInt(64));
            case 3 -> {
                byte[] bytes = new byte[random.nextInt(30)];
                random.nextBytes(bytes);
                yield new Reply.Bulk(bytes);
            }
            case 4 -> new Reply.Null(false);
            case 5 -> new Reply.Double(Double.longBitsToDouble(random.nextLong() & 0x7fefffffffffffffL));
            case 6 -> new Reply.Bool(random.nextBoolean());
            case 7 -> new Reply.Verbatim("txt", "v\r\n" + random.nextInt());
            case 8 -> new Reply.Big("-1234567890123456789012345");
            case 9 -> new Reply.Array(many(random, depth, random.nextInt(5)));
            case 10 -> new Reply.Map(many(random, depth, 2 * random.nextInt(4)));
            case 11 -> new Reply.SetReply(many(random, depth, random.nextInt(5)));
            default -> new Reply.Push(many(random, depth, random.nextInt(5)));
        };
    }

    private static List<Reply> many(Random random, int depth, int count) {
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replies.add(random(random, depth + 1));
        }
        return replies;
    }

    @Test
    void whatIsWrittenIsReadBackHoweverItIsCut() throws ProtocolException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            List<Reply> sent = many(random, 0, 1 + random.nextInt(4));
            RespEncoder out = new RespEncoder().version(3);
            sent.forEach(out::reply);
            RespReader reader = new RespReader();
            List<Reply> received = new ArrayList<>();
            for (int at = 0; at < out.length();) {
                int part = Math.min(out.length() - at, 1 + random.nextInt(1 + random.nextInt(60)));
                reader.feed(out.array(), at, part);
                for (Reply reply = reader.next(); reply != null; reply = reader.next()) {
                    received.add(reply);
                }
                at += part;
            }
            assertEquals(sent, received, "seed " + seed);
        }
    }

    @Test
    void readsResp2AndOddities() throws ProtocolException {
        assertEquals(new Reply.Null(false), read("$-1\r\n"));
        assertEquals(new Reply.Null(true), read("*-1\r\n"));
        assertEquals(new Reply.Array(List.of()), read("*0\r\n"));
        assertEquals(new Reply.Error("ERR long"), read("!8\r\nERR long\r\n"));
        assertEquals("WRONGTYPE", ((Reply.Error) read("-WRONGTYPE no\r\n")).code());
        assertEquals(new Reply.Int(5), read("|1\r\n+ttl\r\n:1\r\n:5\r\n"));
        assertEquals(new Reply.Array(List.of(new Reply.Int(5))), read("*1\r\n|1\r\n+a\r\n*0\r\n|0\r\n:5\r\n"));
        Reply.Map map = (Reply.Map) read("%2\r\n$1\r\na\r\n:1\r\n+b\r\n:2\r\n");
        assertEquals(new Reply.Int(2), map.get("b"));
        assertNull(map.get("c"));
        assertEquals(new Reply.Double(Double.POSITIVE_INFINITY), read(",inf\r\n"));
        assertTrue(Double.isNaN(((Reply.Double) read(",nan\r\n")).value()));
    }

    @Test
    void nothingIsReservedForWhatIsAnnounced() throws ProtocolException {
        RespReader reader = new RespReader();
        byte[] bytes = RespDecoderTest.bytes("*2147483647\r\n%2147483647\r\n$900000000\r\nx");
        reader.feed(bytes, 0, bytes.length);
        assertNull(reader.next());
    }

    @Test
    void refusesWhatIsNoReply() {
        for (String bad : List.of("x\r\n", ":1x\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n", ",1x\r\n", "=2\r\nab\r\n",
                "*1\r\n".repeat(RespReader.DEPTH_MAX + 1), "+" + "x".repeat(RespReader.LINE_BYTES_MAX + 1),
                ":1\r\n:2\r\n",
                ":1\r")) {
            assertThrows(ProtocolException.class, () -> read(bad), bad.substring(0, Math.min(20, bad.length())));
        }
    }

    @Test
    void noiseNeverBreaksMoreThanTheProtocol() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String alphabet = "*$%~>|+-:_,#(=!\r\n\r\n\r\n0123456789-tfxi";
        int broken = 0;
        for (int round = 0; round < 30_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
            RespReader reader = new RespReader();
            try {
                reader.feed(bytes, 0, bytes.length);
                while (reader.next() != null) {
                    continue;
                }
            } catch (ProtocolException e) {
                broken++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
        assertTrue(broken > 1000, "only " + broken + " broken");
    }
}
