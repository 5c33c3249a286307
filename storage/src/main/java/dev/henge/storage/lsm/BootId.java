package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the machine drew by chance when it was started. */
final class BootId {

    /** Null where the system has none, which only Linux has. */
    static final String OF_THIS_MACHINE = read(Path.of("/proc/sys/kernel/random/boot_id"));

    private BootId() {
    }

    private static String read(Path file) {
        try {
            String id = Files.readString(file).trim();
            return id.isEmpty() ? null : id;
        } catch (IOException | SecurityException e) {
            return null;
        }
    }
}
