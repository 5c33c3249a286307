package dev.henge.resp.codec;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Input for decoders: requests of both forms, some of them damaged, and noise. */
final class RequestBytes {
    private static final String INTERESTING = "*$\r\n\r\n 0123456789-+\"'\\xaF:_,\t\0\u00ff";

    private RequestBytes() {
    }

    static byte[] random(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int requests = 1 + random.nextInt(5);
        for (int i = 0; i < requests; i++) {
            switch (random.nextInt(6)) {
                case 0 -> inline(random, out);
                case 1 -> noise(random, out, random.nextInt(30));
                default -> multibulk(random, out);
            }
        }
        byte[] bytes = out.toByteArray();
        if (random.nextInt(3) == 0) {
            for (int k = random.nextInt(3); k >= 0 && bytes.length > 0; k--) {
                bytes[random.nextInt(bytes.length)] = (byte) INTERESTING.charAt(random.nextInt(INTERESTING.length()));
            }
        }
        return bytes;
    }

    private static void multibulk(Random random, ByteArrayOutputStream out) {
        int args = random.nextInt(6);
        text(out, "*" + args + "\r\n");
        for (int i = 0; i < args; i++) {
            int length = random.nextInt(20) == 0 ? random.nextInt(3000) : random.nextInt(8);
            text(out, "$" + length + "\r\n");
            noise(random, out, length);
            text(out, "\r\n");
        }
    }

    private static void inline(Random random, ByteArrayOutputStream out) {
        for (int i = random.nextInt(5); i >= 0; i--) {
            String word = "w" + random.nextInt(100);
            text(out, switch (random.nextInt(4)) {
                case 0 -> "\"" + word + " \\x4" + random.nextInt(10) + "\\n\"";
                case 1 -> "'" + word + "\\' '";
                default -> word;
            });
            text(out, " ".repeat(1 + random.nextInt(2)));
        }
        text(out, random.nextBoolean() ? "\r\n" : "\n");
    }

    private static void noise(Random random, ByteArrayOutputStream out, int length) {
        for (int i = 0; i < length; i++) {
            out.write(random.nextBoolean() ? INTERESTING.charAt(random.nextInt(INTERESTING.length()))
                    : random.nextInt(256));
        }
    }

    private static void text(ByteArrayOutputStream out, String text) {
        for (int i = 0; i < text.length(); i++) {
            out.write(text.charAt(i));
        }
    }
}
