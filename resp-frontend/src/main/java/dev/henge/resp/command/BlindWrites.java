package dev.henge.resp.command;

import dev.henge.resp.codec.Request;
import java.util.Map;
import java.util.Set;

/**
 * The commands that a node may execute for keys of which it knows nothing, because none of their owners can be
 * reached: writes that mean the same whatever the key holds, and that merge. Their replies, where they count, count
 * what that node knows: every member and field is new to it.
 *
 * <p>A command that is not here answers with an error then. In doubt it should not be here: INCR would show a number,
 * LPOP an element, that nobody knows.
 */
public final class BlindWrites {

    private static final Set<String> NO_OPTIONS = Set.of();

    /** By name: the option words with which the command does need to know. */
    private static final Map<String, Set<String>> COMMANDS = Map.ofEntries(
            Map.entry("set", Set.of("NX", "XX", "GET", "KEEPTTL")),
            Map.entry("setex", NO_OPTIONS),
            Map.entry("psetex", NO_OPTIONS),
            Map.entry("mset", NO_OPTIONS),
            Map.entry("hset", NO_OPTIONS),
            Map.entry("hmset", NO_OPTIONS),
            Map.entry("sadd", NO_OPTIONS),
            Map.entry("zadd", Set.of("NX", "XX", "GT", "LT", "CH", "INCR")),
            Map.entry("rpush", NO_OPTIONS),
            Map.entry("lpush", NO_OPTIONS));

    private static final int SET_OPTIONS_FROM = 3;
    private static final int ZADD_OPTIONS_FROM = 2;

    private BlindWrites() {
    }

    /** Whether the command, by its name in lower case, may be executed blind, if its options allow it. */
    public static boolean has(String name) {
        return COMMANDS.containsKey(name);
    }

    /** Whether this very request may. */
    public static boolean may(String name, Request request) {
        Set<String> words = COMMANDS.get(name);
        if (words == null) {
            return false;
        }
        if (name.equals("zadd")) { // its options stand together before the first score
            return request.argCount() <= ZADD_OPTIONS_FROM || !isOne(request, ZADD_OPTIONS_FROM, words);
        }
        for (int i = SET_OPTIONS_FROM; i < request.argCount() && !words.isEmpty(); i++) {
            if (isOne(request, i, words)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOne(Request request, int arg, Set<String> words) {
        return words.stream().anyMatch(word -> request.is(arg, word));
    }
}
