package dev.henge.ring.replica;

/**
 * What is kept because some owner is not known to hold it.
 *
 * @param vnodes vnodes with tombstones, clears, or contexts
 * @param oldestMillis the age of the oldest write of them, at most, that is not stable
 * @param collected what went since the start
 * @param lateBundles bundles of writers that had forgotten what every owner had been known to hold
 * @param replacements how often all rows of a vnode were taken over from an owner because this one was too late
 */
public record StabilityStanding(int vnodes, long oldestMillis, long collected, long lateBundles, long replacements) {}
