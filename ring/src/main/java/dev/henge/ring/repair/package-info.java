/** Convergence: what brings to an owner the writes that it missed. */
package dev.henge.ring.repair;
