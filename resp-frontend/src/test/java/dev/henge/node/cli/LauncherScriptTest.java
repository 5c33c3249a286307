package dev.henge.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bash part of the launcher: which JVM it takes, and what it gives it. A script stands in for each JVM. */
class LauncherScriptTest {
    @TempDir
    private Path temp;

    private record Outcome(int status, String text) {
    }

    /** A JVM of this version that prints the words it is started with. */
    private Path jvm(String name, String version) throws IOException {
        Path home = Files.createDirectories(temp.resolve(name).resolve("bin")).getParent();
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        Path java = Files.writeString(home.resolve("bin").resolve("java"), "#!/bin/sh\necho \"$0 $*\"\n");
        assertTrue(java.toFile().setExecutable(true));
        return home;
    }

    /** The script in a home that has a jar and no sources, as in an image. */
    private Outcome run(Map<String, String> environment, String... words) throws Exception {
        Path home = Files.createDirectories(temp.resolve("home"));
        Path script = home.resolve("henge");
        if (!Files.exists(script)) {
            Files.copy(Path.of("..", "henge"), script);
            assertTrue(script.toFile().setExecutable(true));
            Path target = Files.createDirectories(home.resolve("resp-frontend").resolve("target"));
            Files.writeString(target.resolve("resp-frontend-0.1.0.jar"), "");
        }
        String[] command = new String[words.length + 1];
        command[0] = script.toString();
        System.arraycopy(words, 0, command, 1, words.length);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HENGE_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return new Outcome(process.exitValue(), text);
    }

    @Test
    void aJavaThatIsTooOldIsNamed() throws Exception {
        Path old = jvm("old", "11.0.2");
        assertEquals(new Outcome(1, "henge: HENGE_JAVA_HOME is a Java 11 (" + old + "); Henge needs 17 or newer"),
                run(Map.of("HENGE_JAVA_HOME", old.toString()), "version"));
        Path older = jvm("older", "1.8.0_402");
        assertTrue(run(Map.of("HENGE_JAVA_HOME", older.toString()), "version").text().contains("is a Java 8 ("));
    }

    @Test
    void aHomeWithoutJavaIsNamed() throws Exception {
        assertEquals(new Outcome(1, "henge: HENGE_JAVA_HOME is /nowhere, and there is no bin/java in it"),
                run(Map.of("HENGE_JAVA_HOME", "/nowhere"), "version"));
    }

    @Test
    void theNewestJavaThatIsFoundRuns() throws Exception {
        Path newest = jvm("newest", "99.0.1");
        Outcome outcome = run(Map.of("JAVA_HOME", newest.toString()), "version");
        assertTrue(outcome.text().startsWith(newest + "/bin/java ") && outcome.text().endsWith("Main version"),
                outcome.text());
    }

    @Test
    void aNodeGetsTheFlagsOfItsJvm() throws Exception {
        String on17 = run(Map.of("HENGE_JAVA_HOME", jvm("j17", "17.0.15").toString(), "HENGE_HEAP", "2g",
                "HENGE_JAVA_OPTS", "-Xlog:gc -Da=b"), "node", "--set", "zone=a b").text();
        assertTrue(on17.contains("-Xms2g -Xmx2g -Xmn24m -XX:+UseParallelGC -XX:-UseAdaptiveSizePolicy "
                + "-XX:InitialSurvivorRatio=6 -XX:InitialTenuringThreshold=1 -XX:MaxTenuringThreshold=1 "
                + "-XX:MetaspaceSize=96m -XX:+ExitOnOutOfMemoryError -Xlog:gc -Da=b -cp"), on17);
        assertTrue(on17.endsWith("dev.henge.node.Main node --set zone=a b"), on17);
        assertTrue(!on17.contains("--enable-native-access") && !on17.contains("--sun-misc"), on17);
        String on25 = run(Map.of("HENGE_JAVA_HOME", jvm("j25", "25").toString()), "node").text();
        assertTrue(on25.contains("--enable-native-access=ALL-UNNAMED") && on25.contains("-Xmx" + DefaultHeap.here(1) + " -Xmn"), on25);
        String small = run(Map.of("HENGE_JAVA_HOME", jvm("j17s", "17").toString(), "HENGE_HEAP", "262144k"), "node").text();
        assertTrue(small.contains("-Xmx262144k -Xmn24m "), small);
    }

    @Test
    void aNodeOfUpHasASessionOfItsOwn() throws Exception {
        Path home = jvm("session", "17");
        Files.writeString(home.resolve("bin").resolve("java"), "#!/bin/sh\nps -o sid= -p $$\necho $$\n");
        String[] lines = run(Map.of("HENGE_JAVA_HOME", home.toString(), "HENGE_OWN_SESSION", "1"), "node").text()
                .split("\\s+");
        assertEquals(lines[1], lines[0], "the session is not the process's own");
    }

    /** A JVM that can make an archive of classes, or fails to, and counts how often it was asked. */
    private Path rehearsing(String name, boolean can) throws IOException {
        Path home = jvm(name, "17");
        Files.writeString(home.resolve("bin").resolve("java"), "#!/bin/sh\nfor word in \"$@\"; do\n"
                + "  case $word in -XX:ArchiveClassesAtExit=*)\n    echo asked >>" + home + "/asked\n"
                + (can ? "    echo classes >\"${word#*=}\"; exit 0;;" : "    exit 1;;")
                + "\n  esac\ndone\necho \"$*\"\n");
        return home;
    }

    /** A home that has sources, and is built. */
    private Path builtHome() throws Exception {
        Path home = Files.createDirectories(temp.resolve("home"));
        Path pom = Files.writeString(home.resolve("pom.xml"), "");
        pom.toFile().setLastModified(System.currentTimeMillis() - TimeUnit.HOURS.toMillis(2));
        run(Map.of("HENGE_JAVA_HOME", jvm("any", "17").toString()), "help");
        Path jar = home.resolve("resp-frontend").resolve("target").resolve("resp-frontend-0.1.0.jar");
        jar.toFile().setLastModified(System.currentTimeMillis() - TimeUnit.HOURS.toMillis(1));
        return jar;
    }

    @Test
    void anArchiveOfClassesIsMadeOnceAndUsed() throws Exception {
        Path jar = builtHome();
        Path java = rehearsing("rehearsing", true);
        Map<String, String> environment = Map.of("HENGE_JAVA_HOME", java.toString());
        String flag = "-XX:SharedArchiveFile=" + jar.toRealPath().resolveSibling("henge-java17.jsa");
        assertTrue(!run(environment, "help").text().contains("SharedArchiveFile"), "help waits for nothing");
        for (String verb : new String[] {"check", "up", "node", "status"}) {
            String words = run(environment, verb).text();
            assertTrue(words.contains(flag) && words.endsWith("Main " + verb), words);
        }
        assertEquals("asked\n", Files.readString(java.resolve("asked")));
        jar.toFile().setLastModified(System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1));
        run(environment, "check");
        assertEquals("asked\nasked\n", Files.readString(java.resolve("asked")), "another jar, another archive");
    }

    @Test
    void whereNoArchiveCanBeMadeAllGoesOnWithout() throws Exception {
        builtHome();
        Path java = rehearsing("failing", false);
        for (int i = 0; i < 2; i++) {
            String words = run(Map.of("HENGE_JAVA_HOME", java.toString()), "check").text();
            assertTrue(words.endsWith("Main check") && !words.contains("SharedArchiveFile"), words);
        }
        assertEquals("asked\n", Files.readString(java.resolve("asked")));
    }
}
