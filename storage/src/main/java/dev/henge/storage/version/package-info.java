/** Causality: what a write is called ({@link dev.henge.storage.version.Dot}), what has been seen
 * ({@link dev.henge.storage.version.VersionVector}), and an order for concurrent writes
 * ({@link dev.henge.storage.version.HybridClock}). */
package dev.henge.storage.version;
