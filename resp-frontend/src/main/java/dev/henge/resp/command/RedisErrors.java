package dev.henge.resp.command;

import dev.henge.resp.codec.Request;

/** The errors that several families of commands answer with, word for word as Redis 7.0 does. */
public final class RedisErrors {
    public static final String WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
    public static final String SYNTAX = "ERR syntax error";
    public static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    public static final String NOT_A_FLOAT = "ERR value is not a valid float";
    public static final String OUT_OF_RANGE = "ERR value is out of range";
    public static final String NOT_POSITIVE = "ERR value is out of range, must be positive";
    public static final String NO_SUCH_KEY = "ERR no such key";
    public static final String INDEX_OUT_OF_RANGE = "ERR index out of range";
    public static final String OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
    public static final String STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    public static final String INCREMENT_OVERFLOW = "ERR increment or decrement would overflow";
    public static final String DECREMENT_OVERFLOW = "ERR decrement would overflow";
    public static final String INCREMENT_NAN = "ERR increment would produce NaN or Infinity";
    public static final String SCORE_NAN = "ERR resulting score is not a number (NaN)";
    public static final String HASH_VALUE_NOT_AN_INTEGER = "ERR hash value is not an integer";
    public static final String HASH_VALUE_NOT_A_FLOAT = "ERR hash value is not a float";
    public static final String MIN_MAX_NOT_A_FLOAT = "ERR min or max is not a float";
    public static final String MIN_MAX_NOT_A_STRING_RANGE = "ERR min or max not valid string range item";
    public static final String DB_OUT_OF_RANGE = "ERR DB index is out of range";
    public static final String INVALID_FIRST_DB = "ERR invalid first DB index";
    public static final String INVALID_SECOND_DB = "ERR invalid second DB index";
    public static final String INVALID_CURSOR = "ERR invalid cursor";
    public static final String NUMKEYS_NOT_POSITIVE = "ERR numkeys should be greater than 0";
    public static final String LIMIT_NEGATIVE = "ERR LIMIT can't be negative";
    public static final String COUNT_NOT_POSITIVE = "ERR count should be greater than 0";
    public static final String TIMEOUT_NOT_A_FLOAT = "ERR timeout is not a float or out of range";
    public static final String TIMEOUT_NOT_AN_INTEGER = "ERR timeout is not an integer or out of range";
    public static final String TIMEOUT_NEGATIVE = "ERR timeout is negative";
    public static final String OOM = "OOM command not allowed when used memory > 'maxmemory'.";
    public static final String NO_AUTH = "NOAUTH Authentication required.";
    public static final String WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";
    public static final String AUTH_WITHOUT_PASSWORD = "ERR AUTH <password> called without any password configured for "
            + "the default user. Are you sure your configuration is correct?";
    public static final String NO_PROTO = "NOPROTO unsupported protocol version";
    public static final String PROTOCOL_NOT_AN_INTEGER = "ERR Protocol version is not an integer or out of range";
    public static final String NOT_BUSY = "NOTBUSY No scripts in execution right now.";
    public static final String NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
    public static final String BUSY_KEY = "BUSYKEY Target key name already exists.";
    public static final String EXEC_ABORT = "EXECABORT Transaction discarded because of previous errors.";
    public static final String EXEC_WITHOUT_MULTI = "ERR EXEC without MULTI";
    public static final String DISCARD_WITHOUT_MULTI = "ERR DISCARD without MULTI";
    public static final String NESTED_MULTI = "ERR MULTI calls can not be nested";
    public static final String WATCH_IN_MULTI = "ERR WATCH inside MULTI is not allowed";
    public static final String NOT_IN_TRANSACTION = "ERR Command not allowed inside a transaction";
    public static final String SAME_OBJECT = "ERR source and destination objects are the same";
    public static final String BIT_NOT_A_BIT = "ERR bit is not an integer or out of range";
    public static final String BIT_NOT_0_OR_1 = "ERR The bit argument must be 1 or 0.";
    public static final String BIT_OFFSET = "ERR bit offset is not an integer or out of range";
    public static final String INVALID_STREAM_ID = "ERR Invalid stream ID specified as stream command argument";
    public static final String COUNT_NEGATIVE = "ERR COUNT can't be negative";
    public static final String NX_AND_OTHERS = "ERR NX and XX, GT or LT options at the same time are not compatible";
    public static final String GT_AND_LT = "ERR GT and LT options at the same time are not compatible";
    public static final String XX_AND_NX = "ERR XX and NX options at the same time are not compatible";
    public static final String GT_LT_NX = "ERR GT, LT, and/or NX options at the same time are not compatible";

    private static final int QUOTED_MAX = 128;

    private RedisErrors() {
    }

    /** For a command whose number of arguments does not fit; {@code name} as {@link CommandSpec#name()} gives it. */
    public static String wrongArgCount(String name) {
        return "ERR wrong number of arguments for '" + name + "' command";
    }

    /** For a deadline that is not positive or too far; {@code name} in lower case. */
    public static String invalidExpireTime(String name) {
        return "ERR invalid expire time in '" + name + "' command";
    }

    /** For an integer outside of the bounds that the command sets. */
    public static String notBetween(long min, long max) {
        return "ERR value is out of range, value must between " + min + " and " + max;
    }

    /** For numkeys below one in ZUNION and its kin; {@code name} in lower case. */
    public static String noInputKey(String name) {
        return "ERR at least 1 input key is needed for '" + name + "' command";
    }

    /** For a first argument that names no command. */
    public static String unknownCommand(Request request) {
        StringBuilder args = new StringBuilder();
        for (int i = 1; i < request.argCount() && args.length() < QUOTED_MAX; i++) {
            String shown = quoted(request.string(i), QUOTED_MAX - args.length());
            args.append('\'').append(shown).append("' ");
        }
        return "ERR unknown command '" + quoted(request.string(0), QUOTED_MAX) + "', with args beginning with: " + args;
    }

    /** For a second argument that names no subcommand; {@code container} in upper case. */
    public static String unknownSubcommand(String name, String container) {
        return "ERR unknown subcommand '" + quoted(name, QUOTED_MAX) + "'. Try " + container + " HELP.";
    }

    /** For arguments that a subcommand does not take; {@code container} in upper case. */
    public static String unknownSubcommandOrArgs(String name, String container) {
        return "ERR unknown subcommand or wrong number of arguments for '" + quoted(name, QUOTED_MAX) + "'. Try "
                + container + " HELP.";
    }

    /** As C prints a string of bytes: up to a NUL, and so many bytes. */
    private static String quoted(String text, int max) {
        int nul = text.indexOf(0);
        String shown = nul < 0 ? text : text.substring(0, nul);
        return shown.length() > max ? shown.substring(0, max) : shown;
    }
}
