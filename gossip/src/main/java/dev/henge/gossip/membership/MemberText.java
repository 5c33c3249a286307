package dev.henge.gossip.membership;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The text form of a member's properties: {@code name=value&name=value}, percent-encoded, ASCII, sorted by name.
 *
 * <p>SWIM carries the whole map as one value under one name, because a name once published never goes away again on
 * other nodes: a new value then replaces all of the old map.
 */
final class MemberText {
    private MemberText() {
    }

    static String encode(SortedMap<String, String> properties) {
        return properties.entrySet().stream()
                .map(entry -> escape(entry.getKey()) + "=" + escape(entry.getValue()))
                .collect(Collectors.joining("&"));
    }

    /** Reads what {@link #encode} wrote; throws {@link IllegalArgumentException} on anything else. */
    static Map<String, String> decode(String text) {
        SortedMap<String, String> properties = new TreeMap<>();
        if (text.isEmpty()) {
            return properties;
        }
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("a property is name=value, not '" + pair + "'");
            }
            properties.put(unescape(pair.substring(0, equals)), unescape(pair.substring(equals + 1)));
        }
        return properties;
    }

    static String escape(String raw) {
        return URLEncoder.encode(raw, StandardCharsets.UTF_8);
    }

    static String unescape(String escaped) {
        return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
    }
}
