package dev.henge.ring.placement;

/**
 * How fast operators let the ring move its data.
 *
 * @param version        one more at each change; the higher one counts, then author and content
 * @param author         the node through which it was last changed
 * @param bytesPerSecond what each node takes at most; 0 for no limit
 * @param paused         whether nothing new is begun for now
 */
public record Pace(long version, String author, long bytesPerSecond, boolean paused) implements Comparable<Pace> {
    /** What holds until an operator says otherwise. */
    public static final Pace DEFAULT = new Pace(0, "", 0, false);

    public Pace {
        if (version < 0 || bytesPerSecond < 0) {
            throw new IllegalArgumentException("a pace's version and rate must not be negative");
        }
        NodeState.requireText(author, "author");
    }

    @Override
    public int compareTo(Pace other) {
        int c = Long.compare(version, other.version);
        c = c != 0 ? c : author.compareTo(other.author);
        c = c != 0 ? c : Long.compare(bytesPerSecond, other.bytesPerSecond);
        return c != 0 ? c : Boolean.compare(paused, other.paused);
    }
}
