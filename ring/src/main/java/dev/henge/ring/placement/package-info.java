/** Who owns what: slots, vnodes, the ring of tokens and the placement that follows from it. Immutable and pure. */
package dev.henge.ring.placement;
