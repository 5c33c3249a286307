package dev.henge.gossip.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a configuration and an address refuse. */
class MembershipConfigTest {
    private static MembershipConfig config(String cluster, long epoch, Map<String, String> properties) {
        return MembershipConfig.of(cluster, "a", new HostPort("127.0.0.1", 1), epoch, List.of(), Path.of("p"),
                properties);
    }

    @Test
    void reservedPropertiesBlankNamesAndNegativeEpochsAreRefused() {
        assertEquals("c", config("c", 0, Map.of("zone", "z")).clusterName());
        assertThrows(IllegalArgumentException.class, () -> config("c", 1, Map.of(Member.CLUSTER, "c")));
        assertThrows(IllegalArgumentException.class, () -> config("c", 1, Map.of(Member.BOOT_EPOCH, "1")));
        assertThrows(IllegalArgumentException.class, () -> config(" ", 1, Map.of()));
        assertThrows(IllegalArgumentException.class, () -> config("c", -1, Map.of()));
    }

    @Test
    void addressesAreReadAsTheyAreWritten() {
        for (String text : List.of("10.0.0.1:7946", "node-1:1", "[::1]:65535")) {
            assertEquals(text, HostPort.parse(text).toString());
        }
        for (String text : List.of("", "host", ":1", "host:", "host:x", "host:0", "host:65536")) {
            assertThrows(IllegalArgumentException.class, () -> HostPort.parse(text), text);
        }
    }

    @Test
    void everyBootEpochIsAVersionOfItsOwn() {
        long[] epochs = {0, 1, 1L << 30, 1L << 31, 1L << 60, Long.MAX_VALUE};
        for (int i = 0; i < epochs.length; i++) {
            for (int k = 0; k < i; k++) {
                assertNotEquals(SwimCluster.version(epochs[i]), SwimCluster.version(epochs[k]));
            }
        }
    }
}
