package dev.henge.storage.lsm;

/**
 * How an operand that was put by {@link ByteStore#merge} becomes one with what is older: a counter's increments add up
 * without anybody having read the counter.
 *
 * <p>It must be associative, for operands meet in any grouping (never in another order); pure; and safe for several
 * threads. An operand with nothing older, or with a deleted key below it, is the value by itself.
 */
@FunctionalInterface
public interface MergeOperator {

    /** The older value or operand with the newer operand put on it. No array may be changed; either may be returned. */
    byte[] merge(byte[] key, byte[] older, byte[] newer);

    /** As {@link #merge}, where either may be missing. */
    static byte[] join(MergeOperator operator, byte[] key, byte[] older, byte[] newer) {
        if (older == null || newer == null) {
            return older == null ? newer : older;
        }
        return operator.merge(key, older, newer);
    }
}
