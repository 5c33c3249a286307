/**
 * Convergence: how copies that have come apart become equal again.
 *
 * <p>What owners miss while they are away is kept for them ({@link dev.henge.ring.repair.HintStore}). Replicas that
 * say they have seen the same are compared in the background, and made the same ({@link
 * dev.henge.ring.repair.AntiEntropy}); what a disk holds is compared with what it should ({@link
 * dev.henge.ring.repair.Scrub}); {@link dev.henge.ring.repair.ReadRepair} compares what owners have of a key that is
 * read, and mends what differs.
 */
package dev.henge.ring.repair;
