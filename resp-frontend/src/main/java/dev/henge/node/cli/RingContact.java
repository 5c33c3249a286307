package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import dev.henge.node.RespClient;
import dev.henge.resp.session.RingAdmin.KnownNode;
import dev.henge.ring.placement.NodeAddress;
import dev.henge.ring.transfer.RingPlan;
import dev.henge.ring.transfer.TransferStanding;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection to one node of a ring, any that answers, by which the ring is asked and told. */
final class RingContact implements Closeable {
    private static final String COMMAND = "HENGE.CLUSTER";
    /** A plan of a thousand nodes takes some seconds. */
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+]|[^:\\[\\]]+):(\\d{1,5})");
    private static final Pattern NUMBER = Pattern.compile("(?:node-)?([1-9]\\d{0,4})");

    /** Where a node may answer. */
    record Place(String host, int port) {
        static Optional<Place> parse(String text) {
            Matcher matcher = ADDRESS.matcher(text);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            int port = Integer.parseInt(matcher.group(2));
            return port < 1 || port > NodeConfig.PORT_MAX ? Optional.empty()
                    : Optional.of(new Place(matcher.group(1).replaceAll("[\\[\\]]", ""), port));
        }

        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    private final Context context;
    private final RingDirectory ring;
    private final List<Place> places;
    private RespClient client;
    private Place place;

    private RingContact(Context context, RingDirectory ring, List<Place> places) {
        this.context = context;
        this.ring = ring;
        this.places = places;
    }

    /** Asks the node that {@code node} says, by address or by number in the directory; if null, any that is there. */
    static RingContact open(Context context, RingDirectory ring, String node) throws IOException {
        List<Place> places = node == null ? here(ring) : List.of(place(ring, node));
        RingContact contact = new RingContact(context, ring, places);
        contact.connect();
        return contact;
    }

    /** Asks the node at this address. */
    static RingContact open(Context context, RingDirectory ring, Place place) throws IOException {
        RingContact contact = new RingContact(context, ring, List.of(place));
        contact.connect();
        return contact;
    }

    private static List<Place> here(RingDirectory ring) throws IOException {
        Optional<RingDirectory.Shape> shape = ring.shape();
        if (shape.isEmpty()) {
            throw new Failure("no ring in " + ring.shown() + "; --node HOST:PORT asks one elsewhere");
        }
        List<Place> places = new ArrayList<>();
        for (int number : shape.get().members()) {
            places.add(new Place(ring.host(shape.get(), number), ring.port(shape.get(), number)));
        }
        return places;
    }

    private static Place place(RingDirectory ring, String node) throws IOException {
        Optional<Place> address = Place.parse(node);
        if (address.isPresent()) {
            return address.get();
        }
        Optional<Integer> number = number(ring, node);
        if (number.isEmpty()) {
            throw new Failure(Shell.STATUS_USAGE, "'" + node + "' is no HOST:PORT of a node");
        }
        RingDirectory.Shape shape = ring.shape().orElseThrow();
        return new Place(ring.host(shape, number.get()), ring.port(shape, number.get()));
    }

    /** The number that a word means in a directory: {@code 4} or {@code node-4}, if there is such a node. */
    static Optional<Integer> number(RingDirectory ring, String word) throws IOException {
        Matcher matcher = NUMBER.matcher(word);
        Optional<RingDirectory.Shape> shape = ring.shape();
        if (!matcher.matches() || shape.isEmpty()) {
            return Optional.empty();
        }
        int number = Integer.parseInt(matcher.group(1));
        return shape.get().members().contains(number) ? Optional.of(number) : Optional.empty();
    }

    /** Takes the first place that answers. */
    private void connect() {
        String password = context.environment().getOrDefault("HENGE_REQUIREPASS", "");
        List<String> problems = new ArrayList<>();
        for (Place next : places) {
            try {
                RespClient open = new RespClient(next.host, next.port, TIMEOUT_MILLIS);
                try {
                    if (!password.isEmpty()) {
                        open.call("AUTH", password);
                    }
                    open.call("PING");
                    client = open;
                    place = next;
                    return;
                } catch (IOException e) {
                    open.close();
                    throw e;
                }
            } catch (IOException e) {
                problems.add(next + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
            }
        }
        throw new Failure(places.size() == 1 ? "the node at " + problems.get(0)
                : "no node of " + ring.shown() + " answers: " + String.join("; ", problems));
    }

    /** Where the node that is asked listens. */
    Place place() {
        return place;
    }

    // ---------------------------------------------------------------- asking

    Object call(String... words) throws IOException {
        try {
            return client.call(words);
        } catch (RespClient.ErrorReply e) {
            throw new Failure(e.getMessage().startsWith("ERR ") ? e.getMessage().substring("ERR ".length())
                    : e.getMessage());
        }
    }

    /** The same for what may be asked twice: if the connection is lost, any place that answers is asked again. */
    Object ask(String... words) throws IOException {
        try {
            return call(words);
        } catch (IOException lost) {
            close();
            connect();
            return call(words);
        }
    }

    /** Has the ring do something; a refusal is a failure in its words. */
    void tell(String subcommand, String... words) throws IOException {
        String[] all = new String[words.length + 2];
        all[0] = COMMAND;
        all[1] = subcommand;
        System.arraycopy(words, 0, all, 2, words.length);
        call(all);
    }

    List<KnownNode> nodes() throws IOException {
        return Fields.listOf(ask(COMMAND, "NODES")).stream().map(RingContact::known).toList();
    }

    private static KnownNode known(Fields node) {
        return new KnownNode(node.text("id"), new NodeAddress(node.text("host"), node.whole("port"),
                node.whole("internal-port"), node.whole("gossip-port")), node.text("zone"), node.whole("weight"),
                node.text("standing"), node.flag("alive"), node.whole("owned"), node.whole("due"));
    }

    /** The id of the node that is asked. */
    String id() throws IOException {
        return Fields.listOf(ask(COMMAND, "NODES")).stream().filter(node -> node.flag("myself"))
                .map(node -> node.text("id")).findFirst()
                .orElseThrow(() -> new Failure("the node at " + place + " does not know itself"));
    }

    RingPlan plan() throws IOException {
        Fields plan = Fields.of(ask(COMMAND, "PLAN"));
        return new RingPlan(plan.texts("changes"), plan.maps("nodes").stream().map(RingContact::load).toList(),
                plan.whole("vnodes-moved"), plan.number("bytes-moved"), plan.whole("vnodes-unsized"),
                plan.number("seconds"), plan.texts("warnings"));
    }

    private static RingPlan.NodeLoad load(Fields node) {
        return new RingPlan.NodeLoad(node.text("node"), node.text("zone"), node.whole("weight"),
                node.whole("vnodes-before"), node.whole("vnodes-after"), node.whole("primaries-before"),
                node.whole("primaries-after"), node.number("bytes-before"), node.number("bytes-after"),
                node.number("bytes-in"), node.number("bytes-out"));
    }

    TransferStanding transfers() throws IOException {
        Fields standing = Fields.of(ask(COMMAND, "TRANSFERS"));
        return new TransferStanding(standing.text("state").equals("paused"), standing.number("bytes-per-second"),
                standing.whole("vnodes-left"), standing.number("bytes-left"), standing.number("seconds-left"),
                standing.maps("nodes").stream().map(node -> new TransferStanding.NodeTransfer(node.text("node"),
                        node.whole("to-take"), node.whole("taking"), node.whole("to-let-go"), node.number("bytes-done"),
                        node.number("bytes-left"))).toList());
    }

    /** Whether the node that is asked has the rows of every vnode that it owns. */
    boolean hasAllItsRows() throws IOException {
        Map<String, String> info = client.fields("CLUSTER", "INFO");
        int owned = Fields.listOf(ask(COMMAND, "NODES")).stream().filter(node -> node.flag("myself"))
                .mapToInt(node -> node.whole("owned")).findFirst().orElse(0);
        String ready = info.getOrDefault("henge_vnodes_ready", "");
        return ready.matches("\\d{1,9}") && Integer.parseInt(ready) >= owned;
    }

    boolean drained() throws IOException {
        return Long.valueOf(1).equals(ask(COMMAND, "DRAINED"));
    }

    // ---------------------------------------------------------------- names

    /** What the ring calls the node that the operator's word means: a number of the directory is looked up there. */
    String named(String word) throws IOException {
        Optional<Integer> number = number(ring, word);
        if (number.isEmpty()) {
            refuseIfNumber(word);
            return word;
        }
        Optional<String> id = ring.node(number.get()).id();
        return id.isPresent() ? id.get() : place(ring, word).toString();
    }

    /** A number that no node here has must not pass for the beginning of another's id. */
    private void refuseIfNumber(String word) {
        if (NUMBER.matcher(word).matches()) {
            throw new Failure(Shell.STATUS_USAGE, "there is no node " + word + " in " + ring.shown());
        }
    }

    String[] named(List<String> words) throws IOException {
        String[] named = new String[words.size()];
        for (int i = 0; i < named.length; i++) {
            named[i] = named(words.get(i));
        }
        return named;
    }

    /** Where the node listens that the word means. */
    Place placeOf(String word) throws IOException {
        if (number(ring, word).isPresent() || Place.parse(word).isPresent()) {
            return place(ring, word);
        }
        refuseIfNumber(word);
        List<KnownNode> meant = nodes().stream().filter(node -> node.id().startsWith(word)).toList();
        if (meant.size() != 1) {
            throw new Failure("'" + word + "' names " + (meant.isEmpty() ? "no node" : meant.size() + " nodes")
                    + " of the ring");
        }
        return new Place(meant.get(0).address().host(), meant.get(0).address().clientPort());
    }

    /** The addresses of the known nodes by their ids: what people know nodes by. */
    Map<String, String> addresses() throws IOException {
        Map<String, String> addresses = new LinkedHashMap<>();
        for (KnownNode node : nodes()) {
            addresses.put(node.id(), address(node));
        }
        return addresses;
    }

    static String address(KnownNode node) {
        return new Place(node.address().host(), node.address().clientPort()).toString();
    }

    /** The address with its numbers of one width, so that the order of texts is that of numbers. */
    static String sortable(String address) {
        return Pattern.compile("\\d{1,9}").matcher(address)
                .replaceAll(number -> "0".repeat(9 - number.group().length()) + number.group());
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
