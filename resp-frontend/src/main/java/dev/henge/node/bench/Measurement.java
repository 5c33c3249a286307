package dev.henge.node.bench;

/**
 * What one measurement of one side came to.
 *
 * @param load         what the load generator saw
 * @param cpuMicros    CPU time of the servers a request, in microseconds; so many seconds a million
 * @param memoryMb     resident memory of the servers when the load had ended, in MiB
 * @param foreignCores cores that other processes of the machine had meanwhile
 */
record Measurement(Load load, double cpuMicros, double memoryMb, double foreignCores) {
    /**
     * What the load generator saw.
     *
     * @param perSecond  requests a second
     * @param p50Millis  median latency of a pipeline
     * @param p999Millis what one pipeline of a thousand was slower than
     * @param longestMillis the longest latency of a pipeline
     */
    record Load(double perSecond, double p50Millis, double p99Millis, double p999Millis,
            double longestMillis) {
    }
}
