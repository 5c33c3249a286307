package dev.henge.resp.session;

/**
 * What is known of one client's connection: what CLIENT INFO tells, and what commands change. Used by the
 * connection's loop; others read it.
 */
public final class ClientState {

  public final long id;
  public final String address;
  public final String localAddress;
  public final long createdMillis;

  public volatile int protocol = 2;
  public volatile int db;
  public volatile String name = "";
  public volatile String libName = "";
  public volatile String libVersion = "";
  public volatile String user = "default";
  public volatile boolean authenticated;
  public volatile boolean noEvict;
  public volatile boolean noTouch;
  public volatile String lastCommand = "NULL";
  public volatile long lastActiveMillis;
  public volatile int fileDescriptor;
  public volatile long queryBufferBytes;
  public volatile long outputBytes;

  /** Channels, patterns and shard channels that the connection listens to. */
  public volatile int channels;
  public volatile int patterns;
  public volatile int shardChannels;

  /** Commands queued since MULTI; -1 outside of MULTI. */
  public volatile int queued = -1;

  /** CLIENT REPLY: whether replies leave. */
  public volatile boolean silent;

  /** Set by QUIT and its like: the connection closes once its replies have left. */
  public volatile boolean closing;

  /** What it chose and has seen; the loop's alone. */
  final ClientSession session = new ClientSession();

  public ClientState(long id, String address, String localAddress, long nowMillis) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
    this.createdMillis = nowMillis;
    this.lastActiveMillis = nowMillis;
  }

  /**
   * A command of this name is executed. A volatile write stops the processor until all before it have left; so it is
   * made where it says something new.
   */
  void command(String name) {
    if (lastCommand != name) {
      lastCommand = name;
    }
  }

  /** Something was read at this moment. */
  void active(long nowMillis) {
    if (lastActiveMillis != nowMillis) {
      lastActiveMillis = nowMillis;
    }
  }

  /** What was read is looked at, and so much is left that is no whole request. */
  void left(long leftBytes) {
    if (queryBufferBytes != leftBytes) {
      queryBufferBytes = leftBytes;
    }
  }

  /** Whether the connection listens to anything that is published. */
  boolean subscribed() {
    return channels + patterns + shardChannels > 0;
  }
}
