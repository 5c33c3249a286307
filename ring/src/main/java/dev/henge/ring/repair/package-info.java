/**
 * Convergence beside the log: replicas that say they have seen the same are compared, and made the same
 * ({@link dev.henge.ring.repair.AntiEntropy}); what a disk holds is compared with what it should
 * ({@link dev.henge.ring.repair.Scrub}); owners that are asked for a read compare the key that it reads, and mend it
 * ({@link dev.henge.ring.repair.ReadRepair}).
 */
package dev.henge.ring.repair;
