/**
 * Redis's types as rows: {@link dev.henge.storage.type.Keyspace} changes and applies rows, the {@code …Value} views
 * give them Redis's shapes.
 */
package dev.henge.storage.type;
