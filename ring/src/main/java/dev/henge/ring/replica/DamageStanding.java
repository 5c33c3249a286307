package dev.henge.ring.replica;

/**
 * What the disk has damaged.
 *
 * @param blocks parts of files found damaged since the start
 * @param vnodes vnodes with rows that were not fetched again yet
 * @param refetched vnodes whose rows were fetched again since the start
 * @param incomplete those of them of which writes were lost, since no owner had them
 * @param logRecords reads of log records that failed
 */
public record DamageStanding(long blocks, int vnodes, long refetched, long incomplete, long logRecords) {}
