package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DefaultHeapTest {
    @ParameterizedTest(name = "{1} nodes in {0} MiB: {2} MiB each")
    @CsvSource({"24105, 1, 3013", "24105, 3, 3013", "24105, 4, 3013", "24105, 5, 2410", "24105, 32, 512",
        "8192, 3, 1024", "4096, 3, 512", "2048, 1, 512", "1024, 1, 256", "512, 3, 128", "262144, 1, 4096",
        "262144, 32, 4096"})
    void aHeapIsAnEighthOfTheMemoryAndAllOfThemHalfWithinBounds(long memoryMega, int nodes, long heapMega) {
        assertEquals(heapMega, DefaultHeap.of(memoryMega, nodes));
    }
}
