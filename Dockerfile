# One node in a container. Build the jar first; the image only takes it and its libraries:
#   ./henge version && docker build -t henge .
# Another base with a Java 17 or newer, and bash:  docker build --build-arg BASE=... -t henge .
# Nodes find each other by HENGE_SEEDS, and all need the same HENGE_BOOTSTRAP_NODES: docs/operations.md.
ARG BASE=eclipse-temurin:17-jre
FROM ${BASE}

RUN groupadd --system henge && useradd --system --gid henge --home-dir /var/lib/henge --create-home henge
COPY henge /opt/henge/henge
COPY resp-frontend/target/resp-frontend-0.1.0.jar /opt/henge/resp-frontend/target/
COPY resp-frontend/target/lib /opt/henge/resp-frontend/target/lib

USER henge
VOLUME /var/lib/henge
ENV HENGE_HOST=0.0.0.0 HENGE_DIR=/var/lib/henge/node
# Clients; other nodes; gossip, which is TCP and UDP.
EXPOSE 6379 16379 17379 17379/udp
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/6379 && printf 'PING\\r\\n' >&3 && read -t 2 -r reply <&3 && [[ $reply == +PONG* || $reply == -NOAUTH* ]]"]
ENTRYPOINT ["/opt/henge/henge", "node"]
