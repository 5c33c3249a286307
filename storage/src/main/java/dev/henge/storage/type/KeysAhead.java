package dev.henge.storage.type;

import dev.henge.storage.lsm.ByteStore;
import dev.henge.storage.lsm.KeyHash;
import dev.henge.storage.row.ByteReader;
import java.util.Arrays;

/**
 * The look at requests to come: what their keys lead to in the store, and the rows of the members that they name, is
 * brought near the processor all at once, where request after request would wait for memory. Changes nothing.
 *
 * <p>Which row a member has depends on its key's head: the members of collections whose heads are among the {@link
 * RecentHeads} are found, and so, from the second look on, those of whatever is used much.
 */
public final class KeysAhead {

  /** Longer keys and members are left out. */
  private static final int BYTES_MAX = 4 << 10;

  private final ByteStore store;
  private final StoredHeads heads;
  private final KeyLocator locator;
  private final RecentHeads recent;
  private final byte[] disk = new byte[
      KeyRef.diskBytes(BYTES_MAX) + DiskKeys.GENERATION_BYTES + 1 + MemberHash.BYTES + BYTES_MAX];
  private final long[] hashes = new long[ByteStore.WARM_MAX];
  private int count;

  /** The places of the keys that were said to be coming: slot, and hash. */
  private final long[] places = new long[ByteStore.WARM_MAX];

  private int coming;

  /** Where the members of the present key stand in their disk keys; 0 if it has none that are known. */
  private int membersAt;

  private int kind;

  /** Without meaning: what {@link ByteStore#warm} returns must go somewhere. */
  private long warmth;

  KeysAhead(ByteStore store, StoredHeads heads, KeyLocator locator, RecentHeads recent) {
    this.store = store;
    this.heads = heads;
    this.locator = locator;
    this.recent = recent;
  }

  /**
   * Looks at the first words behind the names of so many requests: {@code words} of each, a negative length where there
   * is none. The first is taken for a key, the second or third for a member. Neighbours that are alike count once.
   */
  public void warm(int db, byte[] buffer, int[] offsets, int[] lengths, int words, int requests) {
    find(db, buffer, offsets, lengths, words, requests);
    if (count > 1) {
      warmth += store.warm(hashes, count);
    }
  }

  /** The hashes of the disk keys that such requests lead to: {@link #found} has them. */
  int find(int db, byte[] buffer, int[] offsets, int[] lengths, int words, int requests) {
    count = 0;
    for (int i = 0; i < words * requests && count < hashes.length; i += words) {
      boolean again = i > 0 && lengths[i] == lengths[i - words] && Arrays.equals(buffer, offsets[i],
          offsets[i] + lengths[i], buffer, offsets[i - words], offsets[i - words] + lengths[i]);
      if (!again) {
        membersAt = 0;
        if (lengths[i] <= BYTES_MAX) {
          key(db, buffer, offsets[i], lengths[i]);
        }
      }
      if (membersAt > 0 && count < hashes.length) {
        int word = kind == ValueType.ZSET.kind() && words > 2 && lengths[i + 2] >= 0 ? i + 2 : i + 1;
        if (words > 1 && lengths[word] >= 0 && lengths[word] <= BYTES_MAX) {
          int end = MemberHash.writeSubKey(buffer, offsets[word], lengths[word], disk, membersAt);
          hashes[count++] = KeyHash.of(disk, 0, end);
        }
      }
    }
    return count;
  }

  /** A key that will be asked for soon; {@link #warm()} brings what is known of all such keys near. */
  public void coming(int db, byte[] buffer, int offset, int length) {
    if (coming == 0) {
      count = 0;
    }
    if (count < hashes.length && length <= BYTES_MAX) {
      places[coming++] = key(db, buffer, offset, length);
    }
  }

  /** The same of the first key of a peer's bundle, if one comes first in it. */
  public void coming(ByteReader body) {
    if (body.remaining() > 0 && body.u8() == BundleBody.OP_KEY) {
      int db = body.u8();
      int length = body.length();
      coming(db, body.array(), body.position(), length);
    }
  }

  /**
   * Brings near what is known of the keys that were said to be coming: in short loops that only read, so that the
   * processor asks for the memory of several keys at once.
   */
  public void warm() {
    if (coming > 1) {
      warmth += store.warm(hashes, coming);
      for (int i = 0; i < coming; i++) {
        warmth += heads.near((int) (places[i] >>> Integer.SIZE), (int) places[i]);
      }
    }
    coming = 0;
  }

  long[] found() {
    return hashes;
  }

  private long key(int db, byte[] buffer, int offset, int length) {
    long place = locator.place(KeyLocator.ANY_SLOT, buffer, offset, length);
    int hash = (int) place;
    int end = KeyRef.write(disk, db, (int) (place >>> Integer.SIZE), hash, buffer, offset, length);
    hashes[count++] = KeyHash.of(disk, 0, end);
    Head head = recent.look(hash, disk, end);
    if (head != null && head.parts.size() == 1 && head.generation != 0) {
      kind = head.parts.get(0).kind;
      if (kind != ValueType.LIST.kind() && kind != Chunks.KIND) {
        membersAt = DiskKeys.toMembers(disk, end, head.generation, kind);
      }
    }
    return place;
  }
}
