package dev.henge.node.bench;

/**
 * What one measurement of one side came to.
 *
 * @param perSecond    requests a second
 * @param p50Millis    median latency of a pipeline
 * @param cpuMicros    CPU time of the servers a request, in microseconds; so many seconds a million
 * @param foreignCores cores that other processes of the machine had meanwhile
 */
record Measurement(double perSecond, double p50Millis, double p99Millis, double cpuMicros, double foreignCores) {
    /** What the load generator saw. */
    record Load(double perSecond, double p50Millis, double p99Millis) {
    }
}
