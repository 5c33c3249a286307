package dev.henge.storage.row;

/**
 * What a large string has for its payload: where its bytes stand, in chunk rows of their own.
 *
 * <pre>
 * payload : actor u48 | seq varint | hlc u64 | length varint | bytes a chunk varint
 * </pre>
 *
 * @param actor and {@code seq}: the dot of the write that made the string large, which names its chunks
 * @param hlc that write's stamp: later writes to parts of the string are as old as it is, when strings compete
 * @param length of the whole string, in bytes
 * @param chunkBytes how many of them each chunk has; the last one may have fewer
 */
public record ChunkRoot(long actor, long seq, long hlc, int length, int chunkBytes) {

  /** The root of a chunked sibling; a whole value is as old as its own write. */
  static ChunkRoot of(Sibling s) {
    if (!s.chunked()) {
      return new ChunkRoot(s.actor(), s.seq(), s.hlc(), s.payload().length, 0);
    }
    ByteReader in = new ByteReader(s.payload());
    ChunkRoot root = new ChunkRoot(in.i48(), in.varint(), in.i64(), number(in), number(in));
    if (root.chunkBytes == 0) {
      throw new FormatException("chunks of no bytes");
    }
    return root;
  }

  private static int number(ByteReader in) {
    long n = in.varint();
    if (n < 0 || n > Bytes.MAX_BYTES) {
      throw new FormatException("a string in chunks of " + n + " bytes");
    }
    return (int) n;
  }

  /** The same string at another length. */
  public ChunkRoot withLength(int bytes) {
    return new ChunkRoot(actor, seq, hlc, bytes, chunkBytes);
  }

  /** Whether both have the same chunks. */
  public boolean sameChunks(ChunkRoot other) {
    return actor == other.actor && seq == other.seq;
  }

  public byte[] payload() {
    return new Bytes(32).i48(actor).varint(seq).i64(hlc).varint(length).varint(chunkBytes).copy();
  }
}
