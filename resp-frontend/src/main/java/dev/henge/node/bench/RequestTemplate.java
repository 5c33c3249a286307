package dev.henge.node.bench;

import dev.henge.node.RespClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;

/** The bytes of a request whose numbers, of twelve digits each, are filled in before it is sent. */
final class RequestTemplate {
    /** Stands for a number in a word. */
    static final String NUMBER = "############";

    private final byte[] bytes;
    private final int[] numbersAt;

    RequestTemplate(String... words) {
        this.bytes = RespClient.encode(words);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        this.numbersAt = IntStream.iterate(text.indexOf(NUMBER), at -> at >= 0,
                at -> text.indexOf(NUMBER, at + NUMBER.length())).toArray();
    }

    int bytes() {
        return bytes.length;
    }

    int numbers() {
        return numbersAt.length;
    }

    void set(int which, int number) {
        int rest = number;
        for (int at = numbersAt[which] + NUMBER.length() - 1; at >= numbersAt[which]; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    void put(ByteBuffer into) {
        into.put(bytes);
    }
}
