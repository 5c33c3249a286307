/** What clients have seen, and whether it is what they were promised: histories of commands, and checkers. */
package dev.henge.chaos.check;
