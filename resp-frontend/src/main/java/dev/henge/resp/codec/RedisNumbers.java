package dev.henge.resp.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * How Redis 7.0 reads and prints numbers.
 *
 * <p>Integers are read strictly: a minus, then digits without a leading zero. Doubles are read as C's
 * {@code strtod} does (hexadecimal and infinities too), without blanks around, without NaN, and an overflow or a
 * vanishing underflow is no number. Scores are printed as {@code %.17g}. INCRBYFLOAT works in x87 long doubles
 * (64 significant bits) printed as {@code %.17Lf} without trailing zeros; here a {@link BigDecimal} stands for one.
 */
public final class RedisNumbers {
    /** Below this magnitude {@code %.17g} prints a whole number without an exponent. */
    static final long WHOLE_MAX = 100_000_000_000_000_000L;
    private static final int DOUBLE_DIGITS = 17;
    private static final int LONG_DOUBLE_BITS = 64;
    private static final int LONG_DOUBLE_DECIMALS = 17;
    /** Exponent of the lowest bit of the smallest long double above zero. */
    private static final int LONG_DOUBLE_EXPONENT_MIN = -16445;
    /** Longest text that is read as a floating-point number, in bytes: Redis's MAX_LONG_DOUBLE_CHARS. */
    private static final int FLOAT_BYTES_MAX = 5 * 1024;
    private static final int DECIMAL_EXPONENT_MAX = 20_000;
    /** A decimal number of more digits before its point is no long double; one of as many zeros after it is 0. */
    private static final int LONG_DOUBLE_DECIMAL_EXPONENT_MAX = 4960;
    private static final BigInteger FIVE = BigInteger.valueOf(5);
    private static final BigDecimal LONG_DOUBLE_MAX = new BigDecimal(
            BigInteger.ONE.shiftLeft(LONG_DOUBLE_BITS).subtract(BigInteger.ONE).shiftLeft(16384 - LONG_DOUBLE_BITS));

    private RedisNumbers() {
    }

    /** Whether the range is a 64-bit integer as Redis writes it. */
    public static boolean isLong(byte[] bytes, int offset, int length) {
        int digits = length;
        int at = offset;
        if (length > 0 && bytes[offset] == '-') {
            digits--;
            at++;
        }
        if (digits < 1 || digits > 19) {
            return false;
        }
        byte first = bytes[at];
        if (first == '0') {
            return length == 1;
        }
        if (first < '1' || first > '9') {
            return false;
        }
        long value = '0' - first;
        for (int i = at + 1; i < offset + length; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            if (digits == 19 && i == offset + length - 1 && value < (Long.MIN_VALUE + digit) / 10) {
                return false;
            }
            value = value * 10 - digit;
        }
        return length > digits || value != Long.MIN_VALUE;
    }

    /** Reads a 64-bit integer. @throws NumberException if {@link #isLong} says no */
    public static long parseLong(byte[] bytes, int offset, int length) {
        if (!isLong(bytes, offset, length)) {
            throw NumberException.notAnInteger();
        }
        boolean negative = bytes[offset] == '-';
        long value = 0;
        for (int i = negative ? offset + 1 : offset; i < offset + length; i++) {
            value = value * 10 - (bytes[i] - '0');
        }
        return negative ? value : -value;
    }

    /** Reads a 64-bit integer. @throws NumberException if it is none */
    public static long parseLong(byte[] bytes) {
        return parseLong(bytes, 0, bytes.length);
    }

    /** Reads a double, infinities included. @throws NumberException if it is none */
    public static double parseDouble(byte[] bytes, int offset, int length) {
        if (isLong(bytes, offset, length)) {
            return parseLong(bytes, offset, length);
        }
        double special = infinity(bytes, offset, length);
        if (special != 0) {
            return special;
        }
        int form = FloatGrammar.form(bytes, offset, length);
        if (form == FloatGrammar.NONE || length > FLOAT_BYTES_MAX) {
            throw NumberException.notAFloat();
        }
        String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        double value = Double.parseDouble(form == FloatGrammar.HEX_NO_EXPONENT ? text + "p0" : text);
        if (Double.isInfinite(value) || value == 0 && FloatGrammar.hasNonZeroDigit(bytes, offset, length)) {
            throw NumberException.notAFloat();
        }
        return value;
    }

    /** Reads a double. @throws NumberException if it is none */
    public static double parseDouble(byte[] bytes) {
        return parseDouble(bytes, 0, bytes.length);
    }

    /** Prints a double as {@code %.17g} does; infinities as {@code inf} and {@code -inf}. */
    public static String formatDouble(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        long whole = (long) value;
        if (whole == value && whole < WHOLE_MAX && whole > -WHOLE_MAX) {
            return Long.toString(whole);
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(DOUBLE_DIGITS, RoundingMode.HALF_EVEN))
                .stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent < DOUBLE_DIGITS) {
            return rounded.toPlainString();
        }
        return scientific(rounded, exponent);
    }

    private static String scientific(BigDecimal value, int exponent) {
        String digits = value.unscaledValue().abs().toString();
        StringBuilder text = new StringBuilder(24);
        if (value.signum() < 0) {
            text.append('-');
        }
        text.append(digits.charAt(0));
        if (digits.length() > 1) {
            text.append('.').append(digits, 1, digits.length());
        }
        text.append('e').append(exponent < 0 ? '-' : '+');
        if (Math.abs(exponent) < 10) {
            text.append('0');
        }
        return text.append(Math.abs(exponent)).toString();
    }

    /**
     * Reads a long double, rounded to what an x87 register holds.
     *
     * @return the number, or null for an infinity, which INCRBYFLOAT refuses with a text of its own
     * @throws NumberException if it is none
     */
    public static BigDecimal parseLongDouble(byte[] bytes, int offset, int length) {
        if (infinity(bytes, offset, length) != 0) {
            return null;
        }
        int form = FloatGrammar.form(bytes, offset, length);
        if (form == FloatGrammar.NONE || length >= FLOAT_BYTES_MAX) {
            throw NumberException.notAFloat();
        }
        BigDecimal exact = form == FloatGrammar.DECIMAL ? FloatGrammar.decimal(bytes, offset, length,
                DECIMAL_EXPONENT_MAX) : FloatGrammar.hexadecimal(bytes, offset, length, DECIMAL_EXPONENT_MAX);
        if (exact == null) {
            throw NumberException.notAFloat();
        }
        BigDecimal value = toLongDouble(exact);
        if (value == null || value.signum() == 0 && exact.signum() != 0) {
            throw NumberException.notAFloat();
        }
        return value;
    }

    /** Rounds to the nearest x87 long double, ties to even; null if it overflows. */
    public static BigDecimal toLongDouble(BigDecimal value) {
        if (value.signum() == 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal magnitude = value.abs();
        int decimalExponent = magnitude.precision() - magnitude.scale();
        if (decimalExponent > LONG_DOUBLE_DECIMAL_EXPONENT_MAX) {
            return null;
        }
        if (decimalExponent < -LONG_DOUBLE_DECIMAL_EXPONENT_MAX) {
            return BigDecimal.ZERO;
        }
        int exponent = Math.max(LONG_DOUBLE_EXPONENT_MIN, binaryExponent(magnitude) - LONG_DOUBLE_BITS + 1);
        BigInteger mantissa = scaled(magnitude, -exponent).setScale(0, RoundingMode.HALF_EVEN).unscaledValue();
        BigDecimal rounded = scaled(new BigDecimal(mantissa), exponent);
        if (decimalExponent > 4900 && rounded.compareTo(LONG_DOUBLE_MAX) > 0) {
            return null;
        }
        return value.signum() < 0 ? rounded.negate() : rounded;
    }

    /** The e of 2^e &lt;= value &lt; 2^(e+1). */
    private static int binaryExponent(BigDecimal value) {
        if (value.compareTo(BigDecimal.ONE) >= 0) {
            return value.toBigInteger().bitLength() - 1;
        }
        int shift = (int) ((value.scale() - value.precision() + 2) * 3.33) + 4;
        return scaled(value, shift).toBigInteger().bitLength() - 1 - shift;
    }

    /** value * 2^power, exactly. */
    private static BigDecimal scaled(BigDecimal value, int power) {
        return value.multiply(power >= 0 ? new BigDecimal(BigInteger.ONE.shiftLeft(power))
                : new BigDecimal(FIVE.pow(-power), -power));
    }

    /** Prints what INCRBYFLOAT stores and answers: at most 17 decimals, no trailing zeros, no exponent. */
    public static String formatLongDouble(BigDecimal value) {
        BigDecimal number = toLongDouble(value);
        if (number == null) {
            return value.signum() > 0 ? "inf" : "-inf";
        }
        BigDecimal rounded = number.setScale(LONG_DOUBLE_DECIMALS, RoundingMode.HALF_EVEN);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }

    /** An infinity's sign and value, or 0 if the text is none. */
    private static double infinity(byte[] bytes, int offset, int length) {
        int at = offset;
        int left = length;
        boolean negative = left > 0 && bytes[at] == '-';
        if (negative || left > 0 && bytes[at] == '+') {
            at++;
            left--;
        }
        if (left != 3 && left != 8) {
            return 0;
        }
        for (int i = 0; i < left; i++) {
            if ((bytes[at + i] | 0x20) != "infinity".charAt(i)) {
                return 0;
            }
        }
        return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
}
