package dev.henge.storage.type;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;

/**
 * How one type's whole content is written to a {@link KeyDump} and read back; without the deadline, which belongs to
 * the key.
 */
interface TypeDump {

  /** Writes what the key shows; it shows as this type. */
  void write(Keyspace keyspace, Head head, Bytes out);

  /** Puts what {@link #write} wrote into a key that shows nothing. */
  void restore(Keyspace keyspace, Head into, ByteReader in);
}
