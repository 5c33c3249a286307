package dev.henge.node.cli;

import dev.henge.node.NodeConfig;
import dev.henge.node.RespClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code henge backup}: tells running nodes to back themselves up, and waits. */
@Command(name = "backup", sortOptions = false, description = {
    "Back up a running node, or with --ring all nodes of its ring, while they serve.",
    "Every node writes on its own machine: TARGET is a path there. A ring's nodes write into TARGET/NODE-ID, all at"
        + " the same time. Exit status 0 once everything is on the disk."})
final class BackupCommand implements Callable<Integer> {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final long LOOK_MILLIS = 100;
    private static final long BYTES_A_MEGABYTE = 1_000_000;
    private static final Set<String> THIS_MACHINE = Set.of("127.0.0.1", "localhost", "::1");

    private final Context context;

    @Parameters(index = "0", paramLabel = "TARGET", description = "Directory on the node's machine; empty or absent.")
    private Path target;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "6379",
            description = "Client port of the node (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--host", paramLabel = "HOST", defaultValue = "127.0.0.1",
            description = "Host of the node (default: ${DEFAULT-VALUE}).")
    private String host;

    @Option(names = "--ring", description = "All nodes of the ring; all must be reachable.")
    private boolean ring;

    @Option(names = "--base", paramLabel = "EARLIER",
            description = "An earlier backup: what it has is linked from there and not copied again.")
    private Path base;

    @Option(names = "--reference", description = "Only name what EARLIER has: for where hard links are not to be had.")
    private boolean reference;

    @Option(names = "--portable", description = "Write the content as MapDB tables, not the node's own files.")
    private boolean portable;

    @Option(names = "--rate", paramLabel = "MB", defaultValue = "0",
            description = "Read at most so many megabytes a second on each node (default: no limit).")
    private long rate;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    private boolean help;

    /** One node at work. */
    private record Worker(String id, String address, RespClient client, Path target) {
    }

    BackupCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rate < 0 || rate > Integer.MAX_VALUE) {
            throw new Failure(Shell.STATUS_USAGE, "--rate takes megabytes a second");
        }
        target = onItsMachine(target);
        base = base == null ? null : onItsMachine(base);
        List<Worker> workers = new ArrayList<>();
        try {
            connect(workers);
            start(workers);
            return await(workers);
        } finally {
            for (Worker worker : workers) {
                worker.client.close();
            }
        }
    }

    private Path onItsMachine(Path path) {
        if (!path.isAbsolute() && !THIS_MACHINE.contains(host)) {
            throw new Failure(Shell.STATUS_USAGE, path + " must be absolute: it is a path on the machine " + host);
        }
        return path.toAbsolutePath().normalize();
    }

    private void connect(List<Worker> workers) throws IOException {
        RespClient first = client(host, port);
        if (!ring) {
            String id = String.valueOf(first.call("CLUSTER", "MYID"));
            workers.add(new Worker(id, host + ":" + port, first, target));
            return;
        }
        try (first) {
            for (String line : String.valueOf(first.call("CLUSTER", "NODES")).split("\n")) {
                String[] words = line.split(" ");
                if (words.length < 3) {
                    continue;
                }
                String address = words[1].replaceAll("[@,].*", "");
                int colon = address.lastIndexOf(':');
                workers.add(new Worker(words[0], address, client(address.substring(0, colon),
                        Integer.parseInt(address.substring(colon + 1))), target.resolve(words[0])));
            }
        }
    }

    private RespClient client(String at, int atPort) throws IOException {
        String password = context.environment().getOrDefault("HENGE_REQUIREPASS", "");
        RespClient client;
        try {
            client = new RespClient(NodeConfig.isWildcard(at) ? "127.0.0.1" : at, atPort, TIMEOUT_MILLIS);
        } catch (IOException e) {
            throw new Failure("the node at " + at + ":" + atPort + " cannot be reached: " + e.getMessage());
        }
        try {
            if (!password.isEmpty()) {
                client.call("AUTH", password);
            }
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private void start(List<Worker> workers) throws IOException {
        List<Worker> started = new ArrayList<>();
        for (Worker worker : workers) {
            List<String> words = new ArrayList<>(List.of("HENGE.BACKUP", "START", worker.target.toString()));
            if (base != null) {
                words.addAll(List.of("BASE", (ring ? base.resolve(worker.id) : base).toString()));
            }
            if (portable) {
                words.add("PORTABLE");
            }
            if (reference) {
                words.add("REFERENCE");
            }
            if (rate > 0) {
                words.addAll(List.of("RATE", Long.toString(rate * BYTES_A_MEGABYTE)));
            }
            try {
                worker.client.call(words.toArray(String[]::new));
                started.add(worker);
            } catch (IOException e) {
                cancel(started);
                throw new Failure("node " + worker.id + " at " + worker.address + ": " + e.getMessage());
            }
        }
    }

    private static void cancel(List<Worker> workers) {
        for (Worker worker : workers) {
            try {
                worker.client.call("HENGE.BACKUP", "CANCEL");
            } catch (IOException e) {
                // it has ended, or cannot be told
            }
        }
    }

    private int await(List<Worker> workers) throws InterruptedException {
        ProgressLine progress = new ProgressLine(context.err(), "backed up");
        Map<Worker, Map<String, String>> ended = new LinkedHashMap<>();
        while (ended.size() < workers.size()) {
            long done = 0;
            long total = 0;
            for (Worker worker : workers) {
                Map<String, String> status = ended.containsKey(worker) ? ended.get(worker) : status(worker);
                done += Long.parseLong(status.get("bytes_done"));
                total += Long.parseLong(status.get("bytes_total"));
                if (status.get("state").equals("failed") && !ended.containsKey(worker)) {
                    cancel(workers.stream().filter(other -> other != worker).toList());
                }
                if (!status.get("state").equals("running")) {
                    ended.put(worker, status);
                }
            }
            progress.at(done, total);
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        progress.end();
        boolean all = true;
        for (Map.Entry<Worker, Map<String, String>> end : ended.entrySet()) {
            all &= report(end.getKey(), end.getValue());
        }
        return all ? 0 : Shell.STATUS_FAILED;
    }

    private boolean report(Worker worker, Map<String, String> status) {
        String node = "node " + worker.id + " at " + worker.address;
        if (!status.get("state").equals("done")) {
            context.err().println(node + " failed: " + status.get("error"));
            return false;
        }
        context.out().println(node + "  " + ProgressLine.size(Long.parseLong(status.get("bytes_total"))) + " in "
                + status.get("files") + " files, " + status.get("seconds") + " s: " + worker.target);
        return true;
    }

    /** What the node says; a lost connection, or another backup than ours, is a failure. */
    private static Map<String, String> status(Worker worker) {
        Map<String, String> fields = new LinkedHashMap<>();
        try {
            List<?> reply = (List<?>) worker.client.call("HENGE.BACKUP", "STATUS");
            for (int i = 0; i + 1 < reply.size(); i += 2) {
                fields.put(String.valueOf(reply.get(i)), String.valueOf(reply.get(i + 1)));
            }
            if (worker.target.toString().equals(fields.get("target"))) {
                return fields;
            }
            fields.put("error", "it has begun another backup, into " + fields.get("target"));
        } catch (IOException e) {
            fields.put("error", "the node does not answer any more: " + e.getMessage());
        }
        fields.put("state", "failed");
        fields.putIfAbsent("bytes_done", "0");
        fields.putIfAbsent("bytes_total", "0");
        return fields;
    }
}
