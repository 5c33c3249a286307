package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.session.ServerBench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/commands.md is what the table of commands says. */
class CommandsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "commands.md");

    @Test
    void theCommittedPageIsTheGeneratedOne() throws IOException {
        String text = CommandsPage.text(ServerBench.boundTable());
        if (Boolean.getBoolean("henge.regenerate")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, text);
        }
        assertEquals(text, Files.readString(PAGE),
                "docs/commands.md is not what the table says; run this test with -Dhenge.regenerate=true");
    }

    @Test
    void everyNoteIsOnACommand() {
        assertEquals(List.of(), CommandsPage.notesAboutNothing(ServerBench.boundTable()));
    }

    @Test
    void tellsWhatIsBoundAndWhatIsNot() {
        CommandTable<String> table = CommandTable.redis();
        table.bind("GET", "x");
        table.bind("CLIENT ID", "x");
        String text = CommandsPage.text(table);
        assertTrue(text.contains("\n| `GET` | ✓ | 2 | O(1) |  |\n"), text);
        assertTrue(text.contains("\n| `CLIENT ID` | ✓ | 2 | O(1) |  |\n"), text);
        assertTrue(text.contains("\n| `INCR` |   | 2 | O(1) | *unique* |\n"), text);
        assertTrue(text.contains(" Henge has 2.\n"), text);
    }
}
