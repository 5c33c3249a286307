package dev.henge.chaos.load;

import java.util.List;

/** A client library in the hands of one thread: one command at a time, sent at most once. */
interface Client extends AutoCloseable {

  /** Sends a command, connecting first where needed, and waits. The key is the second word. */
  Answer ask(List<String> words);

  @Override
  void close();
}
