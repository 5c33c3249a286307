package dev.henge.resp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

class RespEncoderTest {
    private static String written(int version, Consumer<RespEncoder> writes) {
        RespEncoder out = new RespEncoder().version(version);
        writes.accept(out);
        return new String(out.array(), 0, out.length(), StandardCharsets.ISO_8859_1);
    }

    private static void writes(String resp2, String resp3, Consumer<RespEncoder> writes) {
        assertEquals(resp2, written(2, writes));
        assertEquals(resp3, written(3, writes));
    }

    private static void writes(String both, Consumer<RespEncoder> writes) {
        writes(both, both, writes);
    }

    @Test
    void repliesOfBothVersions() {
        writes("+OK\r\n", RespEncoder::ok);
        writes("+PONG\r\n", out -> out.simple("PONG"));
        writes("-ERR a  b\u00ff?\r\n", out -> out.error("ERR a\r\nb\u00ff\u20ac"));
        writes("$3\r\na\0c\r\n", out -> out.bulk(RespDecoderTest.bytes("a\0c")));
        writes("$1\r\nb\r\n", out -> out.bulk(RespDecoderTest.bytes("abc"), 1, 1));
        writes("$0\r\n\r\n", out -> out.bulk(""));
        writes("$12\r\nhello, world\r\n", out -> out.bulk("hello, world"));
        writes("$-1\r\n", "_\r\n", RespEncoder::nullBulk);
        writes("*-1\r\n", "_\r\n", RespEncoder::nullArray);
        writes("*2\r\n", out -> out.array(2));
        writes("*4\r\n", "%2\r\n", out -> out.map(2));
        writes("*2\r\n", "~2\r\n", out -> out.set(2));
        writes("*3\r\n", ">3\r\n", out -> out.push(3));
        writes("$3\r\n1.5\r\n", ",1.5\r\n", out -> out.doubleValue(1.5));
        writes("$1\r\n3\r\n", ",3\r\n", out -> out.doubleValue(3));
        writes("$2\r\n-0\r\n", ",-0\r\n", out -> out.doubleValue(-0.0));
        writes("$4\r\n-inf\r\n", ",-inf\r\n", out -> out.doubleValue(Double.NEGATIVE_INFINITY));
        writes("$5\r\n1e+17\r\n", ",1e+17\r\n", out -> out.doubleValue(1e17));
        writes("$17\r\n99999999999999984\r\n", out -> out.bulkDouble(99999999999999984.0));
        writes(":1\r\n:0\r\n", "#t\r\n#f\r\n", out -> {
            out.bool(true);
            out.bool(false);
        });
        writes("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n", out -> out.verbatim("txt", "hi"));
        writes("$20\r\n12345678901234567890\r\n", "(12345678901234567890\r\n",
                out -> out.bigNumber("12345678901234567890"));
        writes("xy", out -> out.raw(RespDecoderTest.bytes("wxyz"), 1, 2));
    }

    @Test
    void integersOfEveryLength() {
        long value = 1;
        for (int i = 0; i < 20; i++) {
            for (long v : new long[] {value, value - 1, -value, Long.MAX_VALUE - value, Long.MIN_VALUE + value}) {
                writes(":" + v + "\r\n", out -> out.integer(v));
                writes("$" + Long.toString(v).length() + "\r\n" + v + "\r\n", out -> out.bulkLong(v));
            }
            value *= 10;
        }
        writes(":" + Long.MIN_VALUE + "\r\n", out -> out.integer(Long.MIN_VALUE));
    }

    @Test
    void headersCanComeLate() {
        writes("+OK\r\n*12\r\n:5\r\n", out -> {
            out.ok();
            int mark = out.mark();
            out.integer(5);
            out.arrayAt(mark, 12);
        });
        writes("*2\r\n:5\r\n*0\r\n", "%1\r\n:5\r\n~0\r\n", out -> {
            out.integer(5);
            out.mapAt(0, 1);
            out.setAt(out.mark(), 0);
        });
    }

    @Test
    void whatFollowsAMarkCanBeForgotten() {
        writes("+OK\r\n", out -> {
            out.ok();
            int mark = out.mark();
            out.bulk("x".repeat(5000));
            out.truncate(mark);
        });
        assertThrows(IllegalArgumentException.class, () -> new RespEncoder().truncate(1));
        RespEncoder out = new RespEncoder().version(3);
        out.bulk(new byte[3_000_000]);
        out.reset();
        assertEquals(0, out.length());
        assertEquals(1024, out.array().length);
        assertEquals(3, out.version());
    }
}
