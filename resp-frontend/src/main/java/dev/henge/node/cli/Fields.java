package dev.henge.node.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A map that a node replied: names and values by turns. */
record Fields(Map<String, Object> values) {
    static Fields of(Object reply) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (reply instanceof List<?> words) {
            for (int i = 0; i + 1 < words.size(); i += 2) {
                values.put(String.valueOf(words.get(i)), words.get(i + 1));
            }
        }
        return new Fields(values);
    }

    static List<Fields> listOf(Object reply) {
        List<Fields> list = new ArrayList<>();
        if (reply instanceof List<?> maps) {
            maps.forEach(map -> list.add(of(map)));
        }
        return list;
    }

    String text(String name) {
        Object value = values.get(name);
        return value == null ? "" : String.valueOf(value);
    }

    /** A number; 0 if there is none, for nodes may leave out what they do not know. */
    long number(String name) {
        return values.get(name) instanceof Long number ? number : 0;
    }

    int whole(String name) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number(name)));
    }

    boolean flag(String name) {
        return number(name) != 0;
    }

    List<Fields> maps(String name) {
        return listOf(values.get(name));
    }

    List<String> texts(String name) {
        return values.get(name) instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
    }
}
