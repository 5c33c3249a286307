/** A chaos run as a whole: what is asked for, what happened, and what was found. */
package dev.henge.chaos.run;
