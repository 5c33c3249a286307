/**
 * Whole nodes under a seed: the same {@link dev.henge.node.NodeCore} as in production, on one thread, with time,
 * chance, disks, clocks, wire and membership in the simulation's hand. {@link dev.henge.chaos.simulation.Simulation}
 * runs one seed; {@link dev.henge.chaos.simulation.Simulate} many.
 */
package dev.henge.chaos.simulation;
