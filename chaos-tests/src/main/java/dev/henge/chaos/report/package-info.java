/** What is shown of a run: one page that needs nothing but itself. */
package dev.henge.chaos.report;
