package dev.henge.chaos.nemesis;

/**
 * A fault of a schedule; as text it is a line of a script.
 *
 * @param atMillis when, from the schedule's beginning
 * @param forMillis how long it lasts; {@link #TO_THE_END} for as long as the schedule does
 */
public record Step(long atMillis, Fault fault, long forMillis) {

  public static final long TO_THE_END = -1;

  @Override
  public String toString() {
    return Amount.time(atMillis) + " " + fault + (said() ? " for " + Amount.time(forMillis) : "");
  }

  private boolean said() {
    return forMillis != TO_THE_END && fault.kind().lastsMillis(fault.amount(), 1) < 0;
  }
}
