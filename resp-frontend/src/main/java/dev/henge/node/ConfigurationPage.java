package dev.henge.node;

/** The text of docs/configuration.md, made from the table of settings. */
final class ConfigurationPage {
    private static final String HEAD = """
            # Configuration

            <!-- Generated from dev.henge.node.Settings; rewrite with
                 mvn -pl resp-frontend -am test -Dtest=ConfigurationPageTest -Dsurefire.failIfNoSpecifiedTests=false \
            -Dhenge.regenerate=true -->

            Every setting has a default. Sources, each stronger than the one before:

            1. the default;
            2. a file, `henge node --config FILE`, with lines `name = value` or `name value`; `#` begins a comment line;
            3. the environment: `HENGE_` and the name in capitals, `-` as `_` (`HENGE_LOG_SYNC=always`);
            4. flags: `--set name=value`, as often as needed, or `--name value`.

            An unknown name or a value that cannot be stops the start with one line that names the nearest valid name,
            and exit status 2. Sizes are written as in Redis: `64mb` is 64 · 1024 · 1024 bytes, `64m` 64,000,000.
            Settings marked *live* can be changed with `CONFIG SET` while the node runs; the change lasts until the
            node stops. `CONFIG GET` shows every setting, under Redis's name too where that is another.

            The launcher reads these variables, which are not settings: `HENGE_JAVA_HOME` (the JDK to use),
            `HENGE_JAVA_OPTS` (JVM options, put after the launcher's own), `HENGE_HEAP` (a node's heap, such as `2g`).
            """;

    private ConfigurationPage() {
    }

    static String text() {
        StringBuilder page = new StringBuilder(HEAD);
        for (Setting.Group group : Setting.Group.values()) {
            page.append("\n## ").append(group.title()).append("\n\n")
                    .append("| setting | default | takes | |\n|---|---|---|---|\n");
            Settings.ALL.stream().filter(setting -> setting.group() == group).forEach(setting -> row(page, setting));
        }
        return page.toString();
    }

    private static void row(StringBuilder page, Setting setting) {
        page.append("| `").append(setting.name()).append('`');
        if (!setting.redisName().isEmpty() && !setting.redisName().equals(setting.name())) {
            page.append(" (Redis: `").append(setting.redisName()).append("`)");
        }
        page.append(" | ").append(defaultWords(setting)).append(" | ").append(setting.range());
        if (!setting.unit().isEmpty() && setting.kind() != Setting.Kind.SIZE) {
            page.append(", in ").append(setting.unit());
        }
        page.append(" | ").append(setting.doc()).append(setting.runtime() ? " *live*" : "").append(" |\n");
    }

    /** The default as it is shown to people. */
    static String defaultWords(Setting setting) {
        if (setting.isDerived()) {
            return setting.derivation();
        }
        if (setting.defaultText().isEmpty()) {
            return "empty";
        }
        return "`" + (setting.kind() == Setting.Kind.SIZE ? Sizes.words(Long.parseLong(setting.defaultText()))
                : setting.defaultText()) + "`";
    }
}
