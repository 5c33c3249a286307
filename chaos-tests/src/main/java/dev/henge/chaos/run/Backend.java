package dev.henge.chaos.run;

import dev.henge.chaos.cluster.Cluster;
import dev.henge.chaos.cluster.DockerCluster;
import dev.henge.chaos.cluster.NetnsCluster;
import dev.henge.chaos.cluster.Target;
import java.io.IOException;
import java.nio.file.Path;

/** What hosts are made of. */
public enum Backend {
  DOCKER("containers of Docker, by Testcontainers") {
    @Override
    public String impossible() {
      return DockerCluster.impossible();
    }

    @Override
    Cluster start(Target target, int size, Path dir) throws IOException {
      return DockerCluster.start(target, size, dir);
    }
  },
  NETNS("network namespaces of this machine") {
    @Override
    public String impossible() {
      return NetnsCluster.impossible();
    }

    @Override
    Cluster start(Target target, int size, Path dir) throws IOException {
      return NetnsCluster.start(target, size, dir);
    }
  };

  private final String means;

  Backend(String means) {
    this.means = means;
  }

  /** What it is, in a line. */
  public String means() {
    return means;
  }

  /** Why it cannot be had here; null if it can. */
  public abstract String impossible();

  abstract Cluster start(Target target, int size, Path dir) throws IOException;

  /** Docker if an engine answers, else namespaces; null if neither can be had. */
  static Backend here() {
    return DOCKER.impossible() == null ? DOCKER : NETNS.impossible() == null ? NETNS : null;
  }
}
