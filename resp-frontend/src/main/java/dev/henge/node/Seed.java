package dev.henge.node;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An address at which a node of the ring may be met: its host, client port and gossip port.
 * Written {@code host:port[@gossip-port]}; an IPv6 host stands in brackets.
 */
public record Seed(String host, int port, int gossipPort) {
    private static final Pattern FORM = Pattern.compile(
            "(\\[[0-9a-fA-F:.%\\w]+]|[^:@\\[\\]\\s]+):(\\d{1,5})(@(\\d{1,5}))?");

    static List<Seed> parseList(Setting setting, String text) {
        List<Seed> seeds = new ArrayList<>();
        for (String part : text.split(",")) {
            if (!part.isBlank()) {
                seeds.add(parse(setting, part.trim()));
            }
        }
        return List.copyOf(seeds);
    }

    static String canonical(Setting setting, String text) {
        return parseList(setting, text).stream().map(Seed::toString).collect(Collectors.joining(","));
    }

    private static Seed parse(Setting setting, String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw setting.bad(text, "a seed is host:port or host:port@gossip-port");
        }
        String host = matcher.group(1).replaceAll("[\\[\\]]", "");
        int port = Integer.parseInt(matcher.group(2));
        int gossipPort = matcher.group(4) == null ? port + NodeConfig.GOSSIP_PORT_OFFSET
                : Integer.parseInt(matcher.group(4));
        if (port < 1 || port > NodeConfig.PORT_MAX || gossipPort < 1 || gossipPort > NodeConfig.PORT_MAX) {
            throw setting.bad(text, "port " + port + " and gossip port " + gossipPort + " must be from 1 to "
                    + NodeConfig.PORT_MAX + "; write host:port@gossip-port");
        }
        return new Seed(host, port, gossipPort);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "@" + gossipPort;
    }
}
