/**
 * Messages between nodes. {@link dev.henge.gossip.wire.Transport} is the seam that protocols are written against,
 * NettyTransport the real one, {@link dev.henge.gossip.wire.LoopbackNetwork} the one of tests;
 * a {@link dev.henge.gossip.wire.MessageType} says how a message is written, {@link dev.henge.gossip.wire.MessageCodec}
 * holds them by number. The bytes are described in docs/formats/wire.md.
 */
package dev.henge.gossip.wire;
