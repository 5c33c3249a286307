package dev.henge.resp.command;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * One row of the declared table of commands: what does not depend on who executes it.
 *
 * @param name       {@code GET}, {@code CLIENT ID}
 * @param parent     the container's name, or empty
 * @param arity      number of arguments with the name; if negative, the least number
 * @param categories ACL categories, each with its {@code @}
 * @param since      the Redis version that brought it
 */
public record CommandRow(String name, String parent, int arity, EnumSet<CommandFlag> flags, int firstKey, int lastKey,
        int step, List<KeySpec> keySpecs, String since, String group, String complexity, List<String> categories,
        List<String> tips, String deprecatedSince, String replacedBy, String syntax) {

    /** The columns of the table, in order, parted by tabs. */
    static final String HEADER = "name\tparent\tcore\tarity\tflags\tfirst_key\tlast_key\tstep\tkey_specs\tsince\tgroup"
            + "\tcomplexity\tacl_categories\ttips\tdeprecated_since\treplaced_by\tsyntax";

    /** Reads a row of the table. */
    public static CommandRow parse(String line) {
        String[] column = line.split("\t", -1);
        if (column.length != 17) {
            throw new IllegalArgumentException(column.length + " columns: " + line);
        }
        EnumSet<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
        for (String flag : words(column[4], ",")) {
            flags.add(CommandFlag.of(flag));
        }
        List<KeySpec> keySpecs = new ArrayList<>();
        for (String spec : words(column[8], " / ")) {
            keySpecs.add(keySpec(spec));
        }
        return new CommandRow(column[0], column[1], Integer.parseInt(column[3]), flags, Integer.parseInt(column[5]),
                Integer.parseInt(column[6]), Integer.parseInt(column[7]), List.copyOf(keySpecs), column[9], column[10],
                column[11], words(column[12], ","), words(column[13], ","), column[14], column[15], column[16]);
    }

    private static List<String> words(String text, String separator) {
        return text.isEmpty() ? List.of() : List.of(text.split(separator));
    }

    private static KeySpec keySpec(String text) {
        String[] part = text.split(";");
        int flags = 0;
        for (String flag : part[0].split("\\+")) {
            flags |= KeyFlag.of(flag).bit();
        }
        KeySpec.Begin begin = switch (kind(part[1])) {
            case "index" -> new KeySpec.Index(number(part[1], "index"));
            case "keyword" -> new KeySpec.Keyword(value(part[1], "keyword"), number(part[1], "startfrom"));
            default -> new KeySpec.Unknown();
        };
        KeySpec.Find find = switch (kind(part[2])) {
            case "range" -> new KeySpec.Range(number(part[2], "lastkey"), number(part[2], "keystep"),
                    number(part[2], "limit"));
            case "keynum" -> new KeySpec.KeyNum(number(part[2], "keynumidx"), number(part[2], "firstkey"),
                    number(part[2], "keystep"));
            default -> new KeySpec.Unknown();
        };
        return new KeySpec(flags, begin, find);
    }

    private static String kind(String call) {
        return call.substring(0, call.indexOf('('));
    }

    private static int number(String call, String parameter) {
        return Integer.parseInt(value(call, parameter));
    }

    private static String value(String call, String parameter) {
        for (String pair : call.substring(call.indexOf('(') + 1, call.indexOf(')')).split(",")) {
            if (pair.startsWith(parameter + "=")) {
                return pair.substring(parameter.length() + 1);
            }
        }
        throw new IllegalArgumentException("no " + parameter + " in " + call);
    }
}
