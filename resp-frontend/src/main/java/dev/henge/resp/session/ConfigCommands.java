package dev.henge.resp.session;

import dev.henge.node.Setting;
import dev.henge.node.SettingException;
import dev.henge.node.Settings;
import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;
import dev.henge.resp.command.CommandException;
import dev.henge.resp.command.GlobPattern;
import dev.henge.resp.command.RedisErrors;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/** CONFIG over the node's settings, with Redis's words for what cannot be. */
final class ConfigCommands {

  private static final List<String> HELP = List.of(
      "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "GET <pattern>",
      "    Return parameters matching the glob-like <pattern> and their values.",
      "SET <directive> <value>",
      "    Set the configuration <directive> to <value>.",
      "RESETSTAT",
      "    Reset statistics reported by the INFO command.",
      "REWRITE",
      "    Rewrite the configuration file.",
      "HELP",
      "    Prints this help.");
  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,18}");
  private static final Pattern MEMORY = Pattern.compile("\\d{1,18}(b|k|kb|m|mb|g|gb)?", Pattern.CASE_INSENSITIVE);

  private final NodeView view;

  private ConfigCommands(NodeView view) {
    this.view = view;
  }

  static void register(BiConsumer<String, ServerCommand> bind, NodeView view, ServerInfo info) {
    ConfigCommands commands = new ConfigCommands(view);
    bind.accept("CONFIG GET", commands::get);
    bind.accept("CONFIG SET", commands::set);
    bind.accept("CONFIG RESETSTAT", (client, request, out) -> {
      info.resetStatistics();
      out.ok();
    });
    bind.accept("CONFIG REWRITE", (client, request, out) ->
        out.error("ERR The server is running without a config file"));
    bind.accept("CONFIG HELP", (client, request, out) -> ServerCommands.help(HELP, out));
  }

  /** A name without wildcards comes back as it was written; each name comes once. */
  private void get(ClientState client, Request request, RespEncoder out) {
    Map<String, String> all = view.config().get(name -> true);
    Map<String, String> found = new LinkedHashMap<>();
    Map<String, String> written = new LinkedHashMap<>();
    for (int i = 2; i < request.argCount(); i++) {
      String asked = request.string(i);
      boolean literal = asked.chars().noneMatch(c -> c == '*' || c == '?' || c == '[');
      GlobPattern pattern = new GlobPattern(asked, true);
      all.forEach((name, value) -> {
        if (literal ? name.equalsIgnoreCase(asked) : pattern.matches(name)) {
          found.putIfAbsent(name, value);
          written.putIfAbsent(name, literal ? asked : name);
        }
      });
    }
    out.map(found.size());
    found.forEach((name, value) -> {
      out.bulk(written.get(name));
      out.bulk(value.getBytes(StandardCharsets.UTF_8));
    });
  }

  private void set(ClientState client, Request request, RespEncoder out) {
    if (request.argCount() % 2 != 0) {
      throw new CommandException(RedisErrors.SYNTAX);
    }
    Map<Setting, String> changes = new LinkedHashMap<>();
    Map<String, String> named = new LinkedHashMap<>();
    for (int i = 2; i < request.argCount(); i += 2) {
      String name = request.string(i);
      Setting setting = setting(name);
      if (setting == null) {
        throw new CommandException("ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
      }
      if (!setting.runtime()) {
        throw failed(name, "can't set immutable config");
      }
      if (changes.containsKey(setting)) {
        throw failed(name, "duplicate parameter");
      }
      String value = new String(request.copy(i + 1), StandardCharsets.UTF_8);
      changes.put(setting, value);
      named.put(setting.name(), value);
    }
    int at = 2;
    for (Map.Entry<Setting, String> change : changes.entrySet()) {
      check(request.string(at), change.getKey(), change.getValue());
      at += 2;
    }
    apply(request.string(2), named);
    out.ok();
  }

  private void apply(String firstName, Map<String, String> changes) {
    try {
      view.config().set(changes);
    } catch (SettingException e) {
      throw failed(firstName, e.getMessage());
    }
  }

  private static void check(String name, Setting setting, String value) {
    try {
      setting.canonical(value);
    } catch (SettingException e) {
      throw failed(name, wordsOfRedis(setting, value.trim(), e));
    }
  }

  private static String wordsOfRedis(Setting setting, String value, SettingException e) {
    String between = "argument must be between " + setting.min() + " and " + setting.max() + " inclusive";
    return switch (setting.kind()) {
      case WHOLE -> WHOLE.matcher(value).matches() ? between : "argument couldn't be parsed into an integer";
      case SIZE -> MEMORY.matcher(value).matches() ? between : "argument must be a memory value";
      case SWITCH -> "argument must be 'yes' or 'no'";
      case CHOICE -> "argument(s) must be one of the following: " + String.join(", ", setting.choices())
          + (value.toLowerCase(Locale.ROOT).endsWith("-lfu") ? " (Henge does not offer the lfu policies)" : "");
      default -> e.getMessage();
    };
  }

  private static CommandException failed(String name, String why) {
    return new CommandException("ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }

  /** The setting that Redis or Henge calls so; Redis's name is the stronger. */
  private static Setting setting(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (Setting setting : Settings.ALL) {
      if (setting.redisName().equals(lower)) {
        return setting;
      }
    }
    return Settings.find(name);
  }
}
