package dev.henge.storage.type;

/** Says where a key's place on the ring is: its slot and the hash that orders it within the slot. */
public interface KeyLocator {

  KeyRef locate(int db, byte[] buffer, int offset, int length);

  /** The place alone, without an object: {@code slot << 32 | hash}; every database's is the same. */
  default long place(byte[] buffer, int offset, int length) {
    KeyRef key = locate(0, buffer, offset, length);
    return (long) key.slot() << Integer.SIZE | key.hash() & 0xFFFF_FFFFL;
  }
}
