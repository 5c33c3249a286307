package dev.henge.resp.session;

/** What INFO tells of the process and its machine at one moment. What the system does not tell is 0. */
@FunctionalInterface
public interface ProcessFigures {

  /**
   * One look at the process.
   *
   * @param heapBytes      used by objects, dead ones among them until they are collected
   * @param heapBytesMax   what the heap may grow to
   * @param residentBytes  memory of the process that is in the machine's memory
   * @param machineBytes   the machine's memory
   */
  record Now(
      long pid, String executable, String os, long heapBytes, long heapBytesMax, long residentBytes, long machineBytes,
      double systemCpuSeconds, double userCpuSeconds) {}

  Now now();
}
