package dev.henge.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LiveConfigTest {
    private final LiveConfig live = new LiveConfig(NodeConfig.of(Map.of("log-sync", "always")));

    @Test
    void getAnswersUnderOurNameAndUnderRedissName() {
        assertEquals(Map.of("host", "127.0.0.1", "bind", "127.0.0.1"),
                live.get(name -> name.equals("host") || name.equals("bind")));
        assertEquals(Map.of("appendfsync", "always", "save", "", "appendonly", "yes"),
                live.get(List.of("save", "appendonly", "appendfsync")::contains));
        List<String> shown = new ArrayList<>(Settings.ALL.stream().map(Setting::name).toList());
        assertTrue(shown.remove("cluster-secret"));
        shown.add("bind");
        assertEquals(Set.copyOf(shown), live.get(name -> true).keySet());
    }

    @Test
    void theClusterSecretIsNotShownAndCannotBeChanged() {
        LiveConfig secretive = new LiveConfig(NodeConfig.of(Map.of("cluster-secret", "do not tell anybody")));
        assertTrue(secretive.current().clusterSecret().isSet());
        assertEquals(Map.of(), secretive.get("cluster-secret"::equals));
        Map<String, String> all = secretive.get(name -> true);
        assertTrue(all.values().stream().noneMatch(value -> value.contains("anybody")), all::toString);
        String refused = assertThrows(SettingException.class,
                () -> secretive.set(Map.of("cluster-secret", "something else entirely"))).getMessage();
        assertEquals("cluster-secret cannot change while the node runs", refused);
    }

    @Test
    void setChangesAllOrNothingAndTellsTheListeners() {
        List<Integer> heard = new ArrayList<>();
        live.onChange(config -> heard.add(config.maxclients()));
        live.set(Map.of("maxclients", "7", "timeout", "60"));
        assertEquals(7, live.current().maxclients());
        assertEquals(60, live.current().timeoutSeconds());

        Map<String, String> halfWrong = new LinkedHashMap<>();
        halfWrong.put("maxclients", "8");
        halfWrong.put("timeout", "soon");
        assertThrows(SettingException.class, () -> live.set(halfWrong));
        assertEquals(7, live.current().maxclients());
        assertEquals(List.of(7), heard);
    }

    @Test
    void setRefusesWhatIsFixedAtTheStart() {
        assertEquals("port cannot change while the node runs",
                assertThrows(SettingException.class, () -> live.set(Map.of("port", "1"))).getMessage());
        assertEquals("host cannot change while the node runs",
                assertThrows(SettingException.class, () -> live.set(Map.of("bind", "::"))).getMessage());
        assertThrows(SettingException.class, () -> live.set(Map.of("appendonly", "no")));
    }
}
