package dev.henge.storage.type;

/** Sees members with their scores on a walk; must not keep or change the array. */
@FunctionalInterface
public interface MemberVisitor {

  /** The member is the range of {@code bytes}. Returns whether to go on. */
  boolean visit(byte[] bytes, int offset, int length, double score);
}
