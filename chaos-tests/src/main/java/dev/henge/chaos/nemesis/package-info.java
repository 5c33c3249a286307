/**
 * What is done to a cluster, and when.
 *
 * <ul>
 * <li>{@link dev.henge.chaos.nemesis.Kind}: the faults, a row each; a new fault is a new row</li>
 * <li>{@link dev.henge.chaos.nemesis.Schedule}: which of them, on whom, when, for how long: by a seed
 * ({@link dev.henge.chaos.nemesis.Drawn}) or by a script ({@link dev.henge.chaos.nemesis.Script})</li>
 * <li>{@link dev.henge.chaos.nemesis.Trouble}: all that is wrong at one moment, a pure function of the faults in
 * force</li>
 * <li>{@code Breaker}: brings a cluster from one trouble to the next</li>
 * <li>{@link dev.henge.chaos.nemesis.Nemesis}: plays a schedule, tells what befell whom, and leaves all mended</li>
 * </ul>
 *
 * <p>Joining, leaving and replacing hosts are rows of {@code Kind} and a component of {@code Trouble} to come: who
 * belongs to the ring is a state as well, and its undo is the way back.
 */
package dev.henge.chaos.nemesis;
