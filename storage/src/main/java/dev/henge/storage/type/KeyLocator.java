package dev.henge.storage.type;

/** Says where a key's place on the ring is: its slot and the hash that orders it within the slot. */
public interface KeyLocator {

  KeyRef locate(int db, byte[] buffer, int offset, int length);
}
