/** Clients as people have them, what they ask, at which rate, what is kept of it, and the judge of that. */
package dev.henge.chaos.load;
