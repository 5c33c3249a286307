package dev.henge.storage.type;

/** A Redis type: its name as TYPE says it, and the kind of its rows. */
public enum ValueType {
  NONE("none", 0),
  STRING("string", 'S'),
  LIST("list", 'L'),
  SET("set", 'E'),
  ZSET("zset", 'Z'),
  HASH("hash", 'F'),
  STREAM("stream", 'T');

  private final String redisName;
  private final int kind;

  private static final ValueType[] OF_KIND = new ValueType[128];

  static {
    for (ValueType type : values()) {
      OF_KIND[type.kind] = type;
    }
  }

  ValueType(String redisName, int kind) {
    this.redisName = redisName;
    this.kind = kind;
  }

  public String redisName() {
    return redisName;
  }

  /** The kind byte of the type's shipped rows. */
  public int kind() {
    return kind;
  }

  static ValueType ofKind(int kind) {
    ValueType type = kind > 0 && kind < OF_KIND.length ? OF_KIND[kind] : null;
    if (type == null) {
      throw new IllegalArgumentException("no type has rows of kind " + kind);
    }
    return type;
  }
}
