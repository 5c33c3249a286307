package dev.henge.node.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A launcher's command with {@link FakeNode}s behind it, run in a process of its own, and what it prints. */
final class LauncherProcess implements AutoCloseable {
    private static final long DEADLINE_SECONDS = 30;
    private static final Pattern PID = Pattern.compile("^node \\d+ .* pid (\\d+) ");
    private static final String END = "\u0000end";

    private final Process process;
    private final BlockingQueue<String> coming = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();

    LauncherProcess(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), FakeNode.class.getName()));
        command.addAll(List.of(words));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread reader = new Thread(this::readAll, "reader");
        reader.setDaemon(true);
        reader.start();
    }

    private void readAll() {
        try (BufferedReader out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            out.lines().forEach(coming::add);
        } catch (IOException | RuntimeException e) {
            coming.add("(cannot read: " + e + ")");
        }
        coming.add(END);
    }

    /** Waits for a line that begins so. */
    String awaitLine(String beginning) throws InterruptedException {
        while (true) {
            String line = coming.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
            if (line == null || line.equals(END)) {
                throw new AssertionError("no line begins '" + beginning + "' in " + seen);
            }
            seen.add(line);
            if (line.startsWith(beginning)) {
                return line;
            }
        }
    }

    /** Waits for the end; returns the exit status. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still runs after printing " + seen);
        }
        for (String line = coming.take(); !line.equals(END); line = coming.take()) {
            seen.add(line);
        }
        return process.exitValue();
    }

    /** All lines printed so far, as one text. */
    String text() {
        return String.join("\n", seen);
    }

    /** The nodes' processes, as the lines name them. */
    List<ProcessHandle> nodes() {
        List<ProcessHandle> nodes = new ArrayList<>();
        for (String line : seen) {
            Matcher matcher = PID.matcher(line);
            if (matcher.find()) {
                ProcessHandle.of(Long.parseLong(matcher.group(1))).ifPresent(nodes::add);
            }
        }
        return nodes;
    }

    /** Sends SIGTERM; by the handle, for {@link Process#destroy()} also closes the pipe that the last words come by. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Ends what a failed test has left: only processes that this one has started. */
    @Override
    public void close() throws InterruptedException {
        List<ProcessHandle> left = new ArrayList<>(nodes());
        process.descendants().forEach(left::add);
        process.destroyForcibly().waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
        left.forEach(ProcessHandle::destroyForcibly);
    }
}
