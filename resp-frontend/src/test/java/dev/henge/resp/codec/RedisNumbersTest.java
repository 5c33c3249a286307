package dev.henge.resp.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;

class RedisNumbersTest {
    static final List<String> FLOATS = List.of("3", "1.5", "0.1", "1e15", "123456789012345678", "1e16", "1e17", "1e20",
            "1e22", "1e300", "1.1e-5", "0.0001", "0.00001234", "1e-320", "4.9e-324", "inf", "-INF", "+inf", "infinity",
            "-Infinity", "0x10", "0x1p3", "0x1.8", "-0x1.8p-2", "0X.8P+1", "5.", ".5", "+5", "-.5e-3", "1e+5", "1E5",
            "3.0000000000000004", "2.2250738585072014e-308", "9007199254740993", "1.7976931348623157e308", "0e5000",
            "99999999999999999", "99999999999999984", "100000000000000000", "-99999999999999999",
            "0.30000000000000004");
    static final List<String> NO_FLOATS = List.of("", " 1", "1 ", ".", "1e", "1e+", "1_0", "1d", "1f", "0x", "0xg",
            "0x.", "0x1p", "+-1", "--1", "nan", "-nan", "nan(1)", "inff", "infin", "+", "1e400", "-1e400", "1e-400",
            "1..2",
            "0x1p5000", "1e99999999999", "1e-99999999999", "e5", "\u00e9");

    private static boolean isLong(String text) {
        return RedisNumbers.isLong(RespDecoderTest.bytes(text), 0, text.length());
    }

    private static double parse(String text) {
        return RedisNumbers.parseDouble(RespDecoderTest.bytes(text));
    }

    private static BigDecimal parseLongDouble(String text) {
        return RedisNumbers.parseLongDouble(RespDecoderTest.bytes(text), 0, text.length());
    }

    @Test
    void integersAreReadStrictly() {
        for (String good : List.of("0", "1", "-1", "9223372036854775807", "-9223372036854775808",
                "1000000000000000000")) {
            assertEquals(Long.parseLong(good), RedisNumbers.parseLong(RespDecoderTest.bytes(good)));
        }
        for (String bad : List.of("", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1a", "9223372036854775808",
                "-9223372036854775809", "99999999999999999999", "10000000000000000000", "1.0", "0x1", "--1", "1-")) {
            assertFalse(isLong(bad), bad);
            assertEquals("ERR value is not an integer or out of range", assertThrows(NumberException.class,
                    () -> RedisNumbers.parseLong(RespDecoderTest.bytes(bad))).getMessage());
        }
    }

    @Test
    void integersAgreeWithAmodelOfThem() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            long value = random.nextInt(4) == 0 ? Long.MAX_VALUE - random.nextInt(50)
                    : random.nextLong() >> random.nextInt(64);
            String text = Long.toString(random.nextBoolean() ? value : -value);
            if (random.nextInt(4) == 0) {
                int at = random.nextInt(text.length());
                text = text.substring(0, at) + "0123456789-+ "
                        .charAt(random.nextInt(13)) + text.substring(at);
            }
            String canonical;
            try {
                canonical = Long.toString(Long.parseLong(text));
            } catch (NumberFormatException e) {
                canonical = null;
            }
            assertEquals(text.equals(canonical), isLong(text), text + ", seed " + seed);
            if (isLong(text)) {
                assertEquals(Long.parseLong(text), RedisNumbers.parseLong(RespDecoderTest.bytes(text)));
            }
        }
    }

    @Test
    void doublesAreReadAsByStrtod() {
        assertEquals(16, parse("0x10"));
        assertEquals(1.5, parse("0x1.8"));
        assertEquals(Double.NEGATIVE_INFINITY, parse("-InFiNiTy"));
        assertEquals(5, parse("5."));
        assertEquals("-0.0", Double.toString(parse("-0")));
        for (String good : FLOATS) {
            assertFalse(Double.isNaN(parse(good)), good);
        }
        for (String bad : NO_FLOATS) {
            assertEquals("ERR value is not a valid float",
                    assertThrows(NumberException.class, () -> parse(bad), bad).getMessage());
        }
    }

    @Test
    void doublesArePrintedWith17Digits() {
        assertEquals("0.10000000000000001", RedisNumbers.formatDouble(0.1));
        assertEquals("1.2345678901234568e+17", RedisNumbers.formatDouble(123456789012345678.0));
        assertEquals("10000000000000000", RedisNumbers.formatDouble(1e16));
        assertEquals("1e+17", RedisNumbers.formatDouble(1e17));
        assertEquals("1.0000000000000001e+300", RedisNumbers.formatDouble(1e300));
        assertEquals("1.1e-05", RedisNumbers.formatDouble(1.1e-5));
        assertEquals("0.0001", RedisNumbers.formatDouble(0.0001));
        assertEquals("4.9406564584124654e-324", RedisNumbers.formatDouble(4.9e-324));
        assertEquals("-0", RedisNumbers.formatDouble(-0.0));
        assertEquals("nan", RedisNumbers.formatDouble(Double.NaN));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 50_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (!Double.isNaN(value)) {
                assertEquals(value, parse(RedisNumbers.formatDouble(value)), "seed " + seed);
            }
        }
    }

    @Test
    void longDoublesRoundTo64Bits() {
        assertEquals("0.3", RedisNumbers.formatLongDouble(parseLongDouble("0.1").add(parseLongDouble("0.2"))));
        assertEquals("1000000000000000000024696061952", RedisNumbers.formatLongDouble(parseLongDouble("1e30")));
        assertEquals("3.14159265358979324", RedisNumbers.formatLongDouble(parseLongDouble("3.14159265358979323846")));
        assertEquals("0", RedisNumbers.formatLongDouble(parseLongDouble("-1e-20")));
        assertEquals("17", RedisNumbers.formatLongDouble(parseLongDouble("0x11")));
        assertEquals("9223372036854775807", RedisNumbers.formatLongDouble(new BigDecimal(Long.MAX_VALUE)));
        assertNull(parseLongDouble("-inf"));
        for (String bad : List.of("1e4933", "1e-5000", "nan", "", "1 ", "0x1p20000", "1e999999999", "1e-999999999")) {
            assertThrows(NumberException.class, () -> parseLongDouble(bad), bad);
        }
        assertTrue(parseLongDouble("1e-4940").signum() > 0);
        assertNull(RedisNumbers.toLongDouble(new BigDecimal("1.19e4932")));
        assertEquals(0, RedisNumbers.toLongDouble(new BigDecimal("1e-20000")).signum());
        assertEquals("0", RedisNumbers.formatLongDouble(parseLongDouble("0e999999999")));
    }
}
