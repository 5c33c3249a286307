/** Join, leave, replace: what a change of the ring moves, and how far it is. */
package dev.henge.ring.transfer;
