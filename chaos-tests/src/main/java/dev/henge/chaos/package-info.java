/**
 * Boots real nodes and breaks them: {@link dev.henge.chaos.RingProcesses} is a ring of processes, killed and started by
 * index; what must hold afterwards is in the tests.
 */
package dev.henge.chaos;
