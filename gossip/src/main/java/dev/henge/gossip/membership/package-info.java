/**
 * Who is alive: the peers that a node has ever met, and how each of them does, by SWIM gossip.
 *
 * <ul>
 * <li>{@link dev.henge.gossip.membership.Membership} is what the rest of Henge sees;
 *     {@link dev.henge.gossip.membership.ScriptedMembership} is its form for tests and the simulator.</li>
 * <li>{@link dev.henge.gossip.membership.AtomixMembership} runs SWIM by atomix-cluster (the essay on the protocol is
 *     there); {@code docs/decisions/membership-on-atomix.md} lists what had to be worked around.</li>
 * <li>{@code MembershipView} folds what SWIM holds into liveness and events; {@code PeersFile} keeps the peers on disk
 *     ({@code docs/formats/peers.md}); {@code PeerDiscovery} has SWIM look for the absent.</li>
 * <li>{@code SwimCluster}, {@code TimedMessaging}, {@code TaggedUnicast}, {@code DialBudget} tame the library.</li>
 * </ul>
 *
 * <p>Membership says who is alive, never who owns: a suspicion moves no data.
 */
package dev.henge.gossip.membership;
