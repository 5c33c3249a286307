package dev.henge.storage.type;

/** Says where a key's place on the ring is: its slot and the hash that orders it within the slot. */
public interface KeyLocator {

  /** For a slot that is not known yet. */
  int ANY_SLOT = -1;

  KeyRef locate(int db, byte[] buffer, int offset, int length);

  /** The same of a key whose slot is known, or {@link #ANY_SLOT}. */
  default KeyRef locate(int db, int slot, byte[] buffer, int offset, int length) {
    return locate(db, buffer, offset, length);
  }

  /**
   * The place alone, without an object: {@code slot << 32 | hash}; every database's is the same.
   *
   * @param slot the key's, or {@link #ANY_SLOT}
   */
  default long place(int slot, byte[] buffer, int offset, int length) {
    KeyRef key = locate(0, slot, buffer, offset, length);
    return (long) key.slot() << Integer.SIZE | key.hash() & 0xFFFF_FFFFL;
  }
}
