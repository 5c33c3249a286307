package dev.henge.resp.session;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.Bytes;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.version.VersionVector;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * What a session has seen, as text that another connection or node can go on from. Opaque to clients; the layout:
 *
 * <pre>
 * token : "h1." base64url(body | CRC-32C of the body u32)
 * body  : vnodes u16 | actors: count varint, count × u48 | until the end: vnode varint (as the difference to the one before it) | clock
 * clock : count varint, count × (place among the actors varint, seq varint)
 * </pre>
 *
 * <p>An entry a vnode: a token grows with the vnodes that the session touched, not with what it did there. It names
 * writes, and says nothing of data.
 */
final class SessionToken {

  /** Longer texts are no tokens. */
  static final int CHARS_MAX = 1 << 20;

  private static final String MARK = "h1.";
  private static final int CHECK_BYTES = Integer.BYTES;

  private SessionToken() {}

  /** @param vnodes into how many vnodes the ring is cut */
  static String write(int vnodes, Map<Integer, VersionVector> clocks) {
    List<Long> actors = new ArrayList<>();
    Bytes entries = new Bytes(clocks.size() * 16);
    int before = 0;
    for (Map.Entry<Integer, VersionVector> entry : new TreeMap<>(clocks).entrySet()) {
      VersionVector clock = entry.getValue();
      entries.varint(entry.getKey() - before).varint(clock.size());
      before = entry.getKey();
      for (int i = 0; i < clock.size(); i++) {
        int place = actors.indexOf(clock.actor(i));
        if (place < 0) {
          place = actors.size();
          actors.add(clock.actor(i));
        }
        entries.varint(place).varint(clock.seq(i));
      }
    }
    Bytes body = new Bytes(entries.length() + 64).u16(vnodes).varint(actors.size());
    actors.forEach(body::i48);
    body.raw(entries.copy());
    body.i32(check(body.array(), body.length()));
    return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(body.copy());
  }

  /** The clocks of a token, by vnode; null if the text is no token of a ring with so many vnodes. */
  static Map<Integer, VersionVector> read(int vnodes, String text) {
    if (!text.startsWith(MARK) || text.length() > CHARS_MAX) {
      return null;
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text.substring(MARK.length()));
      int length = bytes.length - CHECK_BYTES;
      if (length < 0 || new ByteReader(bytes, length, CHECK_BYTES).i32() != check(bytes, length)) {
        return null;
      }
      return read(vnodes, new ByteReader(bytes, 0, length));
    } catch (IllegalArgumentException | FormatException e) {
      return null;
    }
  }

  private static Map<Integer, VersionVector> read(int vnodes, ByteReader in) {
    if (in.u16() != vnodes) {
      return null;
    }
    long[] actors = new long[in.length()];
    for (int i = 0; i < actors.length; i++) {
      actors[i] = in.i48();
    }
    Map<Integer, VersionVector> clocks = new TreeMap<>();
    int vnode = 0;
    while (in.remaining() > 0) {
      vnode += below(vnodes - vnode, in.varint());
      VersionVector clock = VersionVector.EMPTY;
      for (int n = in.length(); n > 0; n--) {
        int place = below(actors.length, in.varint());
        clock = clock.with(actors[place], in.varint());
      }
      clocks.put(vnode, clock);
    }
    return clocks;
  }

  private static int below(int limit, long number) {
    if (number < 0 || number >= limit) {
      throw new FormatException(number + " is not below " + limit);
    }
    return (int) number;
  }

  private static int check(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
