package dev.henge.storage.row;

/** Bytes that are not what their place says they are. */
public final class FormatException extends RuntimeException {

  public FormatException(String message) {
    super(message);
  }
}
