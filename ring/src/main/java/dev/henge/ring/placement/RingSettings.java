package dev.henge.ring.placement;

/**
 * What a cluster is made with: the sizes that placement depends on. All are kept for life but N, which a {@link Goal}
 * may change; here stays what the cluster was made with.
 *
 * @param vnodes          Q: a power of two up to 16384
 * @param tokens          V: tokens of a node of normal weight
 * @param replicas        N: owners of a vnode
 * @param epsilonPermille ε in thousandths: how far above its fair share a node may be loaded; whole, so that all
 *                        nodes compute with the same number
 */
public record RingSettings(int vnodes, int tokens, int replicas, int epsilonPermille) {
    /** 1024 vnodes, 256 tokens, 3 owners, ε = 0.05. */
    public static final RingSettings DEFAULT = new RingSettings(Vnode.DEFAULT_COUNT, 256, 3, 50);
    /** The most tokens of a node of normal weight. */
    public static final int MAX_TOKENS = 4096;
    /** The most owners of a vnode. */
    public static final int MAX_REPLICAS = 64;
    /** The highest ε: twice the fair share. */
    public static final int MAX_EPSILON_PERMILLE = 1000;

    public RingSettings {
        if (!Vnode.isCount(vnodes)) {
            throw new IllegalArgumentException("vnodes " + vnodes + " is not a power of two in 1.." + HashSlot.COUNT);
        }
        requireIn("tokens", tokens, MAX_TOKENS);
        requireReplicas(replicas);
        requireIn("epsilonPermille", epsilonPermille, MAX_EPSILON_PERMILLE);
    }

    static void requireReplicas(int replicas) {
        requireIn("replicas", replicas, MAX_REPLICAS);
    }

    private static void requireIn(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is not in 1.." + max);
        }
    }

    /** The same settings with another number of owners. */
    public RingSettings withReplicas(int next) {
        return new RingSettings(vnodes, tokens, next, epsilonPermille);
    }
}
