package dev.henge.chaos;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Keys and values that are functions of a number, so that a data set of any size can be checked without
 * remembering it: 100 bytes to 100 KiB, as many between 100 and 1,000 as between 1,000 and 10,000, not to be
 * compressed.
 */
final class Values {

  static final int BYTES_MIN = 100;
  static final int BYTES_MAX = 100 << 10;

  private static final int NUMBER_BYTES = 8;

  private final long seed;
  private final byte[] noise = new byte[2 * BYTES_MAX];

  Values(long seed) {
    this.seed = seed;
    new SplittableRandom(seed).nextBytes(noise);
  }

  static byte[] key(long number) {
    return ("key:" + number).getBytes(StandardCharsets.US_ASCII);
  }

  byte[] value(long number) {
    SplittableRandom random = new SplittableRandom(seed + number);
    int length = (int) (BYTES_MIN * Math.pow((double) BYTES_MAX / BYTES_MIN, random.nextDouble()));
    int from = random.nextInt(noise.length - length);
    byte[] value = new byte[length];
    System.arraycopy(noise, from, value, 0, length);
    ByteBuffer.wrap(value).putLong(length - NUMBER_BYTES, number);
    return value;
  }
}
