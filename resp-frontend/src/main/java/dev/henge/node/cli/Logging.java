package dev.henge.node.cli;

/** How the process logs: one line an event to standard error. Set before the first logger is made. */
final class Logging {
    private static final String PREFIX = "org.slf4j.simpleLogger.";

    private Logging() {
    }

    /** Fixes the format and the level; what a -D flag has set stays. */
    static void configure(boolean debug) {
        set("showDateTime", "true");
        set("dateTimeFormat", "yyyy-MM-dd HH:mm:ss.SSS");
        set("showShortLogName", "true");
        set("showThreadName", "false");
        set("levelInBrackets", "false");
        set("defaultLogLevel", debug ? "debug" : "info");
        // Libraries talk of their own affairs at info; what an operator must know comes from us.
        set("log.io.netty", debug ? "info" : "warn");
        set("log.io.atomix", debug ? "info" : "warn");
    }

    private static void set(String name, String value) {
        if (System.getProperty(PREFIX + name) == null) {
            System.setProperty(PREFIX + name, value);
        }
    }
}
