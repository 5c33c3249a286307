package dev.henge.chaos.run;

/**
 * What a checker says of a run.
 *
 * @param checker its name
 * @param holds whether what was promised was kept
 * @param judged how many commands it has looked at
 * @param says in a line or some: what was seen, or what must not have been
 */
public record Finding(String checker, boolean holds, long judged, String says) {}
