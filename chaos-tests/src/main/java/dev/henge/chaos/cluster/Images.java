package dev.henge.chaos.cluster;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The images of servers, made of what this machine has, so that no registry is needed. */
final class Images {

  /** Who a server is in a container: the Dockerfile's. */
  static final String OWNER = "10001:10001";

  /** Names another base than the one that is made here. */
  static final String BASE_VARIABLE = "CHAOS_BASE";

  private static final String SCRIPTS = "chaos-tests/docker";
  private static final List<String> BASE_SCRIPTS = List.of("base-image.sh", "closure.sh");
  private static final String JAR = "resp-frontend/target/resp-frontend-0.1.0.jar";
  private static final long BUILD_SECONDS_MAX = 300;

  private final Path project;

  Images() throws IOException {
    project = project();
  }

  /** The project's directory, by where the classes are: the current one is not always in it. */
  private static Path project() throws IOException {
    try {
      Path at = Path.of(Images.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      for (; at != null; at = at.getParent()) {
        if (Files.exists(at.resolve("Dockerfile")) && Files.isDirectory(at.resolve(SCRIPTS))) {
          return at;
        }
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    throw new IOException("images are built in the project's directory, and the classes are elsewhere");
  }

  private static String docker(String... words) throws IOException {
    return Command.run(Command.words(List.of("docker"), words)).strip();
  }

  /** Its number, by which Docker knows an image whatever its names; null if there is none. */
  private static String id(String tag) {
    try {
      return docker("image", "inspect", "--format", "{{.Id}}", tag);
    } catch (IOException e) {
      return null;
    }
  }

  /** What images stand on: another one for another JDK, and for other scripts that make it. */
  String base() throws IOException {
    String given = System.getenv(BASE_VARIABLE);
    if (given != null) {
      return given;
    }
    String home = System.getProperty("java.home");
    String tag = "henge/jre:" + Runtime.version().feature() + "-" + fingerprint(home);
    if (id(tag) == null) {
      Command.run(List.of(project.resolve(SCRIPTS).resolve("base-image.sh").toString(), tag), null,
          Map.of("CHAOS_JAVA_HOME", home), BUILD_SECONDS_MAX);
    }
    return tag;
  }

  private String fingerprint(String home) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(Files.readAllBytes(Path.of(home, "release")));
      for (String script : BASE_SCRIPTS) {
        digest.update(Files.readAllBytes(project.resolve(SCRIPTS).resolve(script)));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** The image of a target as it is now; it stays, as what the next build is quick with. */
  String of(Target target, String slot) throws IOException {
    String tag = "henge/chaos:" + slot + "-" + target.name();
    String before = id(tag);
    String base = base();
    List<String> words = new ArrayList<>();
    if (target.programs().isEmpty()) {
      if (!Files.exists(project.resolve(JAR))) {
        throw new IOException("the image takes " + JAR + ", which is not built: ./henge version, or mvn package");
      }
      words.addAll(List.of("docker", "build", "-q", "--build-arg", "BASE=" + base, "-t", tag, project.toString()));
    } else {
      words.addAll(List.of(project.resolve(SCRIPTS).resolve("program-image.sh").toString(), tag, base));
      words.addAll(target.programs());
    }
    // The builder that every engine has; the other one is a plugin of the client.
    Command.run(words, null, Map.of("DOCKER_BUILDKIT", "0"), BUILD_SECONDS_MAX);
    if (before != null && !before.equals(id(tag))) {
      Command.tryRun("docker", "image", "rm", before);
    }
    return tag;
  }
}
