package dev.henge.storage.lsm;

/** Where a table leaves what it found under a key: reused by its reader from one look-up to the next. */
final class FoundValue {

    /** A kind of {@link StoredValue}. */
    byte kind;
    /** The value, or the merge operand; null for a tombstone. The reader's own. */
    byte[] value;

    void set(byte foundKind, byte[] foundValue) {
        kind = foundKind;
        value = foundValue;
    }
}
