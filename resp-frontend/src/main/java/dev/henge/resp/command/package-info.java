/**
 * The command table and what is told of it.
 *
 * <p>{@link dev.henge.resp.command.CommandTable} is read from one declared file and finds the
 * {@link dev.henge.resp.command.CommandSpec} of a request; the spec knows arity, flags, and which arguments are keys.
 * A spec whose handler is bound is implemented; {@link dev.henge.resp.command.CommandIntrospection} lists those.
 */
package dev.henge.resp.command;
