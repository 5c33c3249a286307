package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is what the table of settings says. */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void theCommittedPageIsTheGeneratedOne() throws IOException {
        if (Boolean.getBoolean("henge.regenerate")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ConfigurationPage.text());
        }
        assertEquals(ConfigurationPage.text(), Files.readString(PAGE),
                "docs/configuration.md is not what Settings says; run this test with -Dhenge.regenerate=true");
    }
}
