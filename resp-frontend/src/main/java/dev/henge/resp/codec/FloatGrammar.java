package dev.henge.resp.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** The finite numbers that C's {@code strtod} takes as a whole: what they look like and their exact value. */
final class FloatGrammar {
    static final int NONE = 0;
    static final int DECIMAL = 1;
    static final int HEX = 2;
    static final int HEX_NO_EXPONENT = 3;

    private FloatGrammar() {
    }

    /** Which kind of number the range is, or {@link #NONE}. */
    static int form(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = afterSign(bytes, offset, end);
        boolean hex = isHex(bytes, at, end);
        if (hex) {
            at += 2;
        }
        int digits = 0;
        boolean point = false;
        for (; at < end; at++) {
            if (bytes[at] == '.' && !point) {
                point = true;
            } else if (digit(bytes[at], hex) >= 0) {
                digits++;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return NONE;
        }
        if (at == end) {
            return hex ? HEX_NO_EXPONENT : DECIMAL;
        }
        if ((bytes[at] | 0x20) != (hex ? 'p' : 'e')) {
            return NONE;
        }
        at = afterSign(bytes, at + 1, end);
        if (at == end) {
            return NONE;
        }
        for (; at < end; at++) {
            if (digit(bytes[at], false) < 0) {
                return NONE;
            }
        }
        return hex ? HEX : DECIMAL;
    }

    /** Whether the digits before the exponent are not all zero; the range is a number. */
    static boolean hasNonZeroDigit(byte[] bytes, int offset, int length) {
        int at = afterSign(bytes, offset, offset + length);
        boolean hex = isHex(bytes, at, offset + length);
        for (int i = hex ? at + 2 : at; i < offset + length; i++) {
            if (digit(bytes[i], hex) > 0) {
                return true;
            }
            if ((bytes[i] | 0x20) == (hex ? 'p' : 'e')) {
                return false;
            }
        }
        return false;
    }

    /** The exact value of a decimal number, or null if its exponent is past the limit and its digits are not zero. */
    static BigDecimal decimal(byte[] bytes, int offset, int length, int exponentMax) {
        String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        int e = Math.max(text.indexOf('e'), text.indexOf('E'));
        int exponent = e < 0 ? 0 : exponent(text.substring(e + 1), exponentMax);
        BigDecimal digits = new BigDecimal(e < 0 ? text : text.substring(0, e));
        if (digits.signum() == 0) {
            return BigDecimal.ZERO;
        }
        return Math.abs(exponent) > exponentMax ? null : digits.scaleByPowerOfTen(exponent);
    }

    /** As {@link #decimal} for a hexadecimal number. */
    static BigDecimal hexadecimal(byte[] bytes, int offset, int length, int exponentMax) {
        int end = offset + length;
        int at = afterSign(bytes, offset, end) + 2;
        boolean negative = bytes[offset] == '-';
        BigInteger digits = BigInteger.ZERO;
        int exponent = 0;
        boolean point = false;
        for (; at < end && (bytes[at] | 0x20) != 'p'; at++) {
            if (bytes[at] == '.') {
                point = true;
                continue;
            }
            digits = digits.shiftLeft(4).or(BigInteger.valueOf(digit(bytes[at], true)));
            exponent -= point ? 4 : 0;
        }
        if (digits.signum() == 0) {
            return BigDecimal.ZERO;
        }
        if (at < end) {
            int written = exponent(new String(bytes, at + 1, end - at - 1, StandardCharsets.ISO_8859_1), exponentMax);
            if (Math.abs(written) > exponentMax) {
                return null;
            }
            exponent += written;
        }
        BigDecimal factor = new BigDecimal(BigInteger.ONE.shiftLeft(Math.abs(exponent)));
        BigDecimal whole = new BigDecimal(negative ? digits.negate() : digits);
        return exponent >= 0 ? whole.multiply(factor) : whole.divide(factor);
    }

    private static int exponent(String text, int exponentMax) {
        BigInteger value = new BigInteger(text.startsWith("+") ? text.substring(1) : text);
        return value.bitLength() > 30 ? exponentMax + 1 : value.intValue();
    }

    private static int afterSign(byte[] bytes, int at, int end) {
        return at < end && (bytes[at] == '-' || bytes[at] == '+') ? at + 1 : at;
    }

    private static boolean isHex(byte[] bytes, int at, int end) {
        return at + 2 < end && bytes[at] == '0' && (bytes[at + 1] | 0x20) == 'x';
    }

    private static int digit(byte c, boolean hex) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return hex && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
