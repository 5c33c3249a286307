package dev.henge.resp.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is seen of requests to come is what then comes, and looking takes nothing. */
class LookAheadTest {
    private final Random chance = new Random(7);

    private byte[][] command(int words) {
        byte[][] command = new byte[words][];
        for (int i = 0; i < words; i++) {
            command[i] = new byte[chance.nextInt(8) == 0 ? 300 : chance.nextInt(20)];
            chance.nextBytes(command[i]);
        }
        return command;
    }

    private static byte[] written(List<byte[][]> commands) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[][] command : commands) {
            out.writeBytes(("*" + command.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            for (byte[] word : command) {
                out.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.writeBytes(word);
                out.writeBytes(new byte[] {'\r', '\n'});
            }
        }
        return out.toByteArray();
    }

    /** Looks, then takes all that is there; returns how many requests were seen. */
    private static int lookThenTake(RespDecoder decoder, List<byte[][]> taken) throws ProtocolException {
        WordsAhead ahead = new WordsAhead();
        Request request = new Request();
        int pending = decoder.pendingBytes();
        int seen = decoder.lookAhead(ahead);
        assertEquals(pending, decoder.pendingBytes());
        assertEquals(seen, ahead.count());
        List<byte[]> words = new ArrayList<>();
        for (int i = 0; i < seen * WordsAhead.WORDS; i++) {
            int from = ahead.offsets()[i];
            int length = ahead.lengths()[i];
            words.add(length < 0 ? null : java.util.Arrays.copyOfRange(ahead.buffer(), from, from + length));
        }
        int n = 0;
        while (decoder.next(request) == RespDecoder.Result.READY) {
            byte[][] command = new byte[request.argCount()][];
            for (int i = 0; i < command.length; i++) {
                command[i] = request.copy(i);
            }
            if (n < seen) {
                for (int i = 1; i <= WordsAhead.WORDS; i++) {
                    byte[] word = words.get(n * WordsAhead.WORDS + i - 1);
                    assertArrayEquals(i < command.length ? command[i] : null, word);
                }
            }
            n++;
            taken.add(command);
        }
        assertTrue(n >= seen, n + " requests came of " + seen);
        return seen;
    }

    @Test
    void seesTheWordsThatComeWhereverTheInputIsCut() throws Exception {
        int seen = 0;
        for (int round = 0; round < 300; round++) {
            List<byte[][]> commands = new ArrayList<>();
            for (int i = chance.nextInt(12); i >= 0; i--) {
                commands.add(command(chance.nextInt(6) == 0 ? 1 + chance.nextInt(14) : 2 + chance.nextInt(3)));
            }
            byte[] bytes = written(commands);
            int cut = chance.nextInt(bytes.length);
            RespDecoder decoder = new RespDecoder();
            List<byte[][]> taken = new ArrayList<>();
            decoder.feed(bytes, 0, cut);
            seen += lookThenTake(decoder, taken);
            decoder.feed(bytes, cut, bytes.length - cut);
            seen += lookThenTake(decoder, taken);
            assertEquals(commands.size(), taken.size());
            for (int i = 0; i < taken.size(); i++) {
                assertArrayEquals(commands.get(i), taken.get(i));
            }
        }
        assertTrue(seen > 500, "requests were seen: " + seen);
    }

    @Test
    void looksAtNoMoreThanItsBound() {
        List<byte[][]> commands = new ArrayList<>();
        for (int i = 0; i < 2 * WordsAhead.REQUESTS_MAX; i++) {
            commands.add(command(2));
        }
        byte[] bytes = written(commands);
        RespDecoder decoder = new RespDecoder();
        decoder.feed(bytes, 0, bytes.length);
        assertEquals(WordsAhead.REQUESTS_MAX, decoder.lookAhead(new WordsAhead()));
    }

    @Test
    void leavesWhatIsWrongToWhoTakesIt() {
        for (String wrong : List.of("", "*", "*2", "*2\r\n", "*2\r\n$3\r\nGET\r\n$-1\r\n", "GET a\r\n", "*0\r\n", "*x\r\n$1\r\na\r\n",
                "*2\r\n$3\r\nGET\r\n$99999999999\r\na\r\n", "*2\r\n$3\r\nGET\r\n:1\r\n", "*1\r\n$4\r\nPING\r\n")) {
            byte[] bytes = wrong.getBytes(StandardCharsets.US_ASCII);
            RespDecoder decoder = new RespDecoder();
            decoder.feed(bytes, 0, bytes.length);
            assertEquals(0, decoder.lookAhead(new WordsAhead()), wrong);
        }
    }
}
