package dev.henge.storage.lsm;

/**
 * The page and node size of a table. MapDB wants each node in one page, or it dies with a bare AssertionError; small
 * nodes in 64 KiB pages are the quickest to search.
 */
record TableShape(int pageBytes, int nodeEntries) {

    static final int PAGE_BYTES = 64 << 10;
    static final int PAGE_BYTES_MAX = 1 << 20;
    static final int NODE_ENTRIES = 8;
    /** The page's header, its index and the packed lengths, with room to spare. */
    private static final int OVERHEAD_BYTES = 256;

    /** The best shape for entries of at most this size: first smaller nodes down to two, then larger pages. */
    static TableShape fitting(int keyBytesMax, int storedBytesMax) {
        long entry = keyBytesMax + storedBytesMax + 10L;
        for (int page = PAGE_BYTES; page <= PAGE_BYTES_MAX; page *= 2) {
            for (int node = NODE_ENTRIES; node >= (page == PAGE_BYTES_MAX ? 1 : 2); node /= 2) {
                if (entry * node + OVERHEAD_BYTES <= page) {
                    return new TableShape(page, node);
                }
            }
        }
        throw new IllegalArgumentException("an entry of " + entry + " bytes fits no page");
    }
}
