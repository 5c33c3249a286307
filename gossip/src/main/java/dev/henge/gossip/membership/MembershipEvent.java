package dev.henge.gossip.membership;

/**
 * A member's change of liveness as this node saw it.
 *
 * <p>A node that comes back with another boot epoch is reported twice: its old process DEAD, its new one ALIVE.
 */
public record MembershipEvent(Member member, Liveness before, Liveness after) {
}
