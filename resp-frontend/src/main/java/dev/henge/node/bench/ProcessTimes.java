package dev.henge.node.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** CPU times as Linux tells them in /proc, in ticks of a hundredth of a second, and memory. */
final class ProcessTimes {
    /** USER_HZ: the same on every architecture that a JVM runs on. */
    static final double TICKS_A_SECOND = 100;

    private static final double KB_A_MB = 1024;
    private static final Pattern COMPILER = Pattern.compile("\\d+ \\(C[12] Compiler");
    private static final String RESIDENT = "VmRSS:";
    private static final int USER_FIELD = 11;
    private static final int CHILDREN_FIELD = 13;
    private static final int IDLE_FIELD = 3;
    private static final int IOWAIT_FIELD = 4;
    /** user nice system idle iowait irq softirq steal; what follows is part of these. */
    private static final int MACHINE_FIELDS = 8;

    private final Path proc;

    ProcessTimes(Path proc) {
        this.proc = proc;
    }

    boolean available() {
        return Files.isReadable(proc.resolve("stat")) && Files.isReadable(proc.resolve("self/stat"));
    }

    /** User and system time of the processes together. */
    long of(Collection<Long> pids) throws IOException {
        long ticks = 0;
        for (long pid : pids) {
            ticks += pair(fields(pid + "/stat"), USER_FIELD);
        }
        return ticks;
    }

    /** What of that the virtual machines' compilers had whose threads there are still. */
    long ofCompilers(Collection<Long> pids) throws IOException {
        long ticks = 0;
        for (long pid : pids) {
            try (DirectoryStream<Path> threads = Files.newDirectoryStream(proc.resolve(pid + "/task"))) {
                for (Path thread : threads) {
                    ticks += ofCompiler(thread);
                }
            }
        }
        return ticks;
    }

    private static long ofCompiler(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            return COMPILER.matcher(stat).lookingAt() ? pair(fieldsOf(stat), USER_FIELD) : 0;
        } catch (IOException e) {
            return 0; // it has ended meanwhile
        }
    }

    /** The memory that the processes have resident, in MiB; of pages that they share, each counts its own. */
    double residentMb(Collection<Long> pids) throws IOException {
        long kilobytes = 0;
        for (long pid : pids) {
            kilobytes += residentKb(Files.readAllLines(proc.resolve(pid + "/status")));
        }
        return kilobytes / KB_A_MB;
    }

    static long residentKb(List<String> status) {
        String line = status.stream().filter(l -> l.startsWith(RESIDENT)).findFirst()
                .orElseThrow(() -> new BenchException("the system does not tell " + RESIDENT));
        return Long.parseLong(line.substring(RESIDENT.length()).trim().split("\\s+")[0]);
    }

    /** The time of this process and of the children that it has seen end. */
    long ofLoad() throws IOException {
        List<String> fields = fields("self/stat");
        return pair(fields, USER_FIELD) + pair(fields, CHILDREN_FIELD);
    }

    /** The time that the machine's cores were not idle. */
    long ofMachine() throws IOException {
        return busy(Files.readAllLines(proc.resolve("stat")).get(0));
    }

    static long busy(String line) {
        String[] words = line.trim().split("\\s+");
        long ticks = 0;
        for (int i = 0; i < MACHINE_FIELDS && i + 1 < words.length; i++) {
            ticks += i == IDLE_FIELD || i == IOWAIT_FIELD ? 0 : Long.parseLong(words[i + 1]);
        }
        return ticks;
    }

    private List<String> fields(String file) throws IOException {
        return fieldsOf(Files.readString(proc.resolve(file)));
    }

    /** The fields behind the process's name, which may hold blanks and parentheses. */
    static List<String> fieldsOf(String stat) {
        return List.of(stat.substring(stat.lastIndexOf(')') + 1).trim().split("\\s+"));
    }

    private static long pair(List<String> fields, int first) {
        return Long.parseLong(fields.get(first)) + Long.parseLong(fields.get(first + 1));
    }
}
