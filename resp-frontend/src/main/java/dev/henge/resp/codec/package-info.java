/**
 * RESP2, RESP3 and inline commands over plain byte arrays; names no network library.
 *
 * <p>{@link dev.henge.resp.codec.RespDecoder} turns a connection's bytes into {@link dev.henge.resp.codec.Request}s,
 * {@link dev.henge.resp.codec.RespEncoder} writes replies, {@link dev.henge.resp.codec.RespReader} reads them back as
 * {@link dev.henge.resp.codec.Reply}s, and {@link dev.henge.resp.codec.RedisNumbers} reads and prints numbers as
 * Redis 7.0 does.
 *
 * <p>A {@code String} handed to this package stands for bytes: one char below 256 is one byte (ISO 8859-1).
 */
package dev.henge.resp.codec;
