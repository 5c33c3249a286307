/**
 * Convergence: how copies that have come apart become equal again.
 *
 * <p>{@link dev.henge.ring.repair.ReadRepair} compares what owners have of a key that is read, and mends what differs.
 */
package dev.henge.ring.repair;
