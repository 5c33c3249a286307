# One node in a container. The image takes the built jar and its libraries, so build first:
#   ./henge version && docker build -t henge .
# Another base with glibc, bash and a Java 17 or newer:  docker build --build-arg BASE=... -t henge .
# chaos-tests/docker/base-image.sh makes one of this machine's JDK, without a registry.
# Settings, the memory, and three nodes together: docs/operations.md, "In a container".
ARG BASE=eclipse-temurin:17-jre
FROM ${BASE}

# A number, which Kubernetes can tell from root's; the name is for those who look around.
RUN mkdir -p /var/lib/henge && chown 10001:10001 /var/lib/henge \
    && echo 'henge:x:10001:10001::/var/lib/henge:/bin/sh' >>/etc/passwd && echo 'henge:x:10001:' >>/etc/group
COPY resp-frontend/target/lib /opt/henge/resp-frontend/target/lib
COPY resp-frontend/target/resp-frontend-0.1.0.jar /opt/henge/resp-frontend/target/
COPY henge /opt/henge/henge

USER 10001:10001
WORKDIR /var/lib/henge
VOLUME /var/lib/henge
ENV HENGE_HOST=0.0.0.0 HENGE_DIR=/var/lib/henge/node
# Clients; other nodes; gossip, which is TCP and UDP.
EXPOSE 6379 16379 17379 17379/udp
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${HENGE_PORT:-6379} && printf 'PING\\r\\n' >&3 && read -t 2 -r reply <&3 && [[ $reply == +PONG* || $reply == -NOAUTH* ]]"]
ENTRYPOINT ["/opt/henge/henge", "node"]
