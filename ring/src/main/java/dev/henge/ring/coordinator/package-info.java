/**
 * Any node coordinates any key: {@link dev.henge.ring.coordinator.Coordinator} finds the acting primary, keeps the
 * order, tries again.
 */
package dev.henge.ring.coordinator;
