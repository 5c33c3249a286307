package dev.henge.gossip.membership;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A membership in a JVM of its own, to be killed and frozen. It ends with its standard input. */
public final class GossiperProcess implements AutoCloseable {
    private final Process process;

    private GossiperProcess(Process process) {
        this.process = process;
    }

    /** The child's side: id, port, boot epoch, seed, peers file. */
    public static void main(String[] args) throws IOException {
        MembershipConfig config = MembershipConfig.of(Gossipers.CLUSTER, args[0],
                new HostPort("127.0.0.1", Integer.parseInt(args[1])), Long.parseLong(args[2]),
                List.of(HostPort.parse(args[3])), Path.of(args[4]), Map.of("zone", "z" + args[2]));
        try (AtomixMembership membership = new AtomixMembership(config)) {
            membership.start();
            while (System.in.read() >= 0) {
                // Nothing is read; the end is awaited.
            }
        }
        System.exit(0);
    }

    static GossiperProcess start(String id, HostPort address, long epoch, HostPort seed, Path peersFile, Path log)
            throws IOException {
        return new GossiperProcess(new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "--add-opens", "java.base/java.util.concurrent.atomic=ALL-UNNAMED",
                "--add-opens", "java.base/java.util=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"),
                GossiperProcess.class.getName(), id, Integer.toString(address.port()), Long.toString(epoch),
                seed.toString(), peersFile.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
    }

    void killHard() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new IOException("kill -" + name + " failed");
        }
    }

    @Override
    public void close() throws InterruptedException {
        killHard();
    }
}
