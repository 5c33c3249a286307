/** Convergence beside the log: replicas that say they have seen the same are compared, and made the same
 * ({@link dev.henge.ring.repair.AntiEntropy}); what a disk holds is compared with what it should
 * ({@link dev.henge.ring.repair.Scrub}). */
package dev.henge.ring.repair;
