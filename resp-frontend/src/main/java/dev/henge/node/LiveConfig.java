package dev.henge.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The configuration of a running node: what CONFIG GET shows and CONFIG SET changes. Readers on any thread see one
 * whole {@link NodeConfig}; changes are made one at a time, all of a command's or none.
 */
public final class LiveConfig {
    private final List<Consumer<NodeConfig>> listeners = new CopyOnWriteArrayList<>();
    private volatile NodeConfig current;

    public LiveConfig(NodeConfig start) {
        this.current = start;
    }

    public NodeConfig current() {
        return current;
    }

    /** Calls the listener after every change, on the thread that made it. */
    public void onChange(Consumer<NodeConfig> listener) {
        listeners.add(listener);
    }

    /**
     * The settings whose name, or whose name in Redis, the test accepts: name to value, in the table's order. Those that
     * nobody is shown are not among them.
     */
    public Map<String, String> get(Predicate<String> wanted) {
        NodeConfig config = current;
        Map<String, String> found = new LinkedHashMap<>();
        for (Setting setting : Settings.ALL) {
            if (setting.kind() == Setting.Kind.SECRET) {
                continue;
            }
            if (wanted.test(setting.name())) {
                found.put(setting.name(), config.value(setting.name()));
            }
            if (!setting.redisName().isEmpty() && wanted.test(setting.redisName())) {
                found.put(setting.redisName(), config.value(setting.name()));
            }
        }
        return found;
    }

    /**
     * Changes settings, all or none.
     *
     * @throws SettingException if one is unknown, cannot change while the node runs, or cannot take its value
     */
    public synchronized void set(Map<String, String> changes) {
        NodeConfig next = current;
        for (Map.Entry<String, String> change : changes.entrySet()) {
            Setting setting = byAnyName(change.getKey());
            if (!setting.runtime()) {
                throw new SettingException(setting.name() + " cannot change while the node runs");
            }
            next = next.with(setting.name(), change.getValue());
        }
        current = next;
        for (Consumer<NodeConfig> listener : listeners) {
            listener.accept(next);
        }
    }

    private static Setting byAnyName(String name) {
        for (Setting setting : Settings.ALL) {
            if (setting.redisName().equalsIgnoreCase(name)) {
                return setting;
            }
        }
        return Settings.named(name);
    }
}
