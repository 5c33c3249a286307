package dev.henge.resp.command;

import dev.henge.resp.codec.RedisNumbers;
import dev.henge.resp.codec.Request;

import java.util.List;

/**
 * Finds a command's keys among its arguments, as {@code getKeysFromCommandWithSpecs} of Redis 7.0 does.
 *
 * <p>The declared key specs are followed first. Where one does not fit the arguments, says itself that it is
 * incomplete, or where flags vary with other arguments, a rule written for the command decides: SORT and MIGRATE
 * have options anywhere that bring keys, SET and BITFIELD read or write as their options say, XREADGROUP may have
 * its STREAMS before where the spec looks for it.
 */
final class KeyFinder {
    private static final int READS = KeyFlag.mask(KeyFlag.RO, KeyFlag.ACCESS);
    private static final int READS_AND_CHANGES = KeyFlag.mask(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.UPDATE);
    private static final int OVERWRITES = KeyFlag.mask(KeyFlag.OW, KeyFlag.UPDATE);
    private static final int TAKES = KeyFlag.mask(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.DELETE);

    /** A rule for one command. */
    private interface Rule {
        void find(Request request, KeyPositions into);
    }

    private final List<KeySpec> specs;
    private final boolean hasKeys;
    private final boolean flagsVary;
    private final Rule rule;
    /** Fast path: the only key is this argument; 0 if it is not so simple. */
    private final int only;
    private final int onlyFlags;

    private KeyFinder(List<KeySpec> specs, Rule rule) {
        this.specs = specs;
        this.rule = rule;
        boolean keys = false;
        boolean vary = false;
        for (KeySpec spec : specs) {
            keys |= !spec.has(KeyFlag.NOT_KEY);
            vary |= spec.has(KeyFlag.VARIABLE_FLAGS);
        }
        hasKeys = keys;
        flagsVary = vary;
        boolean one = specs.size() == 1 && keys && !vary && rule == null
                && specs.get(0).begin() instanceof KeySpec.Index && specs.get(0).find() instanceof KeySpec.Range range
                && range.lastKey() == 0;
        only = one ? ((KeySpec.Index) specs.get(0).begin()).index() : 0;
        onlyFlags = one ? specs.get(0).flags() : 0;
    }

    static KeyFinder of(String name, List<KeySpec> specs) {
        return new KeyFinder(specs, switch (name) {
            case "sort" -> KeyFinder::sort;
            case "sort_ro" -> (request, into) -> into.add(1, READS);
            case "migrate" -> KeyFinder::migrate;
            case "set" -> KeyFinder::set;
            case "bitfield" -> KeyFinder::bitfield;
            case "xread", "xreadgroup" -> KeyFinder::streams;
            default -> null;
        });
    }

    boolean hasKeys() {
        return hasKeys;
    }

    int find(Request request, KeyPositions into, boolean channels) {
        into.clear();
        if (only > 0) {
            if (only < request.argCount()) {
                into.add(only, onlyFlags);
            }
            return into.count();
        }
        if (!flagsVary && (hasKeys || channels) && bySpecs(request, into, channels)) {
            return into.count();
        }
        into.clear();
        if (rule != null && request.argCount() > 1) {
            rule.find(request, into);
        }
        return into.count();
    }

    private boolean bySpecs(Request request, KeyPositions into, boolean channels) {
        for (int i = 0; i < specs.size(); i++) {
            KeySpec spec = specs.get(i);
            if (spec.has(KeyFlag.NOT_KEY) && !channels) {
                continue;
            }
            if (spec.begin() instanceof KeySpec.Unknown) {
                return false;
            }
            int begin = begin(spec.begin(), request);
            if (begin < 0) {
                continue;
            }
            if (!find(spec, begin, request, into) || spec.has(KeyFlag.INCOMPLETE)) {
                return false;
            }
        }
        return true;
    }

    /** The argument to begin at, or -1 if the keyword is not there with an argument after it. */
    private static int begin(KeySpec.Begin begin, Request request) {
        if (begin instanceof KeySpec.Index index) {
            return index.index();
        }
        KeySpec.Keyword keyword = (KeySpec.Keyword) begin;
        if (keyword.startFrom() > 0) {
            for (int i = keyword.startFrom(); i < request.argCount() - 1; i++) {
                if (request.is(i, keyword.keyword())) {
                    return i + 1;
                }
            }
        } else {
            for (int i = request.argCount() + keyword.startFrom(); i > 1; i--) {
                if (request.is(i, keyword.keyword())) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    private static boolean find(KeySpec spec, int begin, Request request, KeyPositions into) {
        int argCount = request.argCount();
        long first = begin;
        long last;
        int step;
        if (spec.find() instanceof KeySpec.Range range) {
            step = range.step();
            if (range.lastKey() >= 0) {
                last = first + range.lastKey();
            } else if (range.limit() == 0) {
                last = argCount + range.lastKey();
            } else {
                last = first + (argCount - first) / range.limit() + range.lastKey();
            }
        } else if (spec.find() instanceof KeySpec.KeyNum keyNum) {
            step = keyNum.step();
            int at = begin + keyNum.keyNumIndex();
            if (at >= argCount || !request.isLong(at)) {
                return false;
            }
            long count = RedisNumbers.parseLong(request.buffer(), request.offset(at), request.length(at));
            if (count < 0 || count > argCount) {
                return false;
            }
            first += keyNum.firstKey();
            last = first + (count - 1) * step;
        } else {
            return false;
        }
        if (last >= argCount || last < first || first >= argCount) {
            return false;
        }
        for (int i = (int) first; i <= last; i += step) {
            into.add(i, spec.flags());
        }
        return true;
    }

    /** SORT key [...] STORE destination: the last STORE counts; what BY and GET name depends on the data. */
    private static void sort(Request request, KeyPositions into) {
        into.add(1, READS);
        int store = 0;
        for (int i = 2; i < request.argCount(); i++) {
            if (request.is(i, "limit")) {
                i += 2;
            } else if (request.is(i, "get") || request.is(i, "by")) {
                i++;
            } else if (request.is(i, "store") && i + 1 < request.argCount()) {
                store = i + 1;
            }
        }
        if (store > 0) {
            into.add(store, OVERWRITES);
        }
    }

    /** MIGRATE host port key ..., or an empty key and KEYS key... at the end; both is nonsense. */
    private static void migrate(Request request, KeyPositions into) {
        int argCount = request.argCount();
        for (int i = 6; i < argCount; i++) {
            if (request.is(i, "keys")) {
                for (int k = i + 1; k < argCount && request.length(3) == 0; k++) {
                    into.add(k, TAKES);
                }
                return;
            }
            i += request.is(i, "auth") ? 1 : request.is(i, "auth2") ? 2 : 0;
        }
        if (argCount > 3) {
            into.add(3, TAKES);
        }
    }

    private static void set(Request request, KeyPositions into) {
        int flags = OVERWRITES;
        for (int i = 3; i < request.argCount(); i++) {
            if (request.is(i, "get")) {
                flags = READS_AND_CHANGES;
            }
        }
        into.add(1, flags);
    }

    private static void bitfield(Request request, KeyPositions into) {
        boolean reads = true;
        for (int i = 2; i < request.argCount() && reads; i++) {
            int more = request.argCount() - i - 1;
            if (request.is(i, "get") && more >= 2) {
                i += 2;
            } else if (request.is(i, "overflow") && more >= 1) {
                i++;
            } else {
                reads = false;
            }
        }
        into.add(1, reads ? READS : READS_AND_CHANGES);
    }

    /** XREAD [options] STREAMS key ... id ...: the first half of what follows the word; flags are not told. */
    private static void streams(Request request, KeyPositions into) {
        int argCount = request.argCount();
        int at = 1;
        while (at < argCount && !request.is(at, "streams")) {
            if (request.is(at, "block") || request.is(at, "count")) {
                at += 2;
            } else if (request.is(at, "group")) {
                at += 3;
            } else if (request.is(at, "noack")) {
                at++;
            } else {
                return;
            }
        }
        int following = argCount - at - 1;
        if (following > 0 && following % 2 == 0) {
            for (int k = 1; k <= following / 2; k++) {
                into.add(at + k, 0);
            }
        }
    }
}
