package dev.henge.ring.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.gossip.wire.MessageCodec;
import dev.henge.gossip.wire.MessageType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Messages as nodes of version 1 of the wire wrote them, saved: {@code golden/messages-1.txt}. The file never changes;
 * nodes that send such messages are in rings that are being upgraded.
 */
class MessagesOfVersion1Test {
  private final MessageCodec codec = new MessageCodec(MessageTypes.all());

  @Test
  void areReadAndWrittenAsThen() throws Exception {
    for (String line : saved()) {
      int blank = line.indexOf(' ');
      byte[] bytes = HexFormat.of().parseHex(line.substring(0, blank));
      Object message = codec.decode(bytes);
      // What was added behind the fields of then is not in these bytes, and has the value of its absence.
      assertTrue(MessageTypesTest.text(message).startsWith(line.substring(blank + 1)),
          () -> line.substring(blank + 1) + " was read as " + message);
      assertEquals(line.substring(0, blank), HexFormat.of().formatHex(codec.encode(message)), () -> "written: " + message);
    }
  }

  /** A peer that speaks version 1 cuts the connection at a type that is not in the file: a new one came with a later. */
  @Test
  void areAllThatAPeerOfVersion1IsSent() throws IOException {
    Set<String> then = saved().stream().map(line -> line.split(" ")[1]).collect(Collectors.toSet());
    Set<String> now = MessageTypes.all().stream().filter(type -> type.since() == MessageCodec.VERSION_FIRST)
        .map(MessageType::type).map(Class::getSimpleName).collect(Collectors.toSet());
    assertTrue(then.containsAll(now), () -> "not of version 1: " + now + " but for " + then);
  }

  private static List<String> saved() throws IOException {
    try (InputStream in = MessagesOfVersion1Test.class.getResourceAsStream("/golden/messages-1.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).toList();
    }
  }
}
