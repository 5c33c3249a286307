/**
 * {@code henge bench}: Henge beside redis-server on one machine, in rounds that take turns, so that whatever else the
 * machine does hits both alike.
 *
 * <ul>
 * <li>{@code Bench}: the order of events: start, warm up, rounds, stop
 * <li>{@code Workload}: what is measured; {@code Contestant}: the processes of one side
 * <li>{@code RedisBenchmark}: load by redis-benchmark; {@code OwnLoad}: load that it cannot make, of {@code
 * RequestStream}s: {@code StringRequests}, {@code MixedRequests}; {@code Zipf}: keys that are not all alike
 * <li>{@code GrowBench}: a ring that grows and shrinks, by a {@code RingOperator}, under a {@code SteadyLoad}; {@code
 * LoadSeconds} and {@code Taking} are its figures, {@code GrowReport} what is said of them
 * <li>{@code ProcessTimes}: CPU and memory from /proc; {@code BenchReport}: medians, table, JSON
 * </ul>
 */
package dev.henge.node.bench;
