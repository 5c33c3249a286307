package dev.henge.chaos.run;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * What becomes of Ctrl-C: the first interrupts a thread, so that it may end its work in order, and the second ends the
 * process. So does SIGTERM.
 *
 * <p>The JVM's own way, a hook at its end, comes too late for that: then nothing runs in order any more. Its signals are
 * reached by reflection, since the compiler warns of the class without a way to say that this is known; where there is
 * no such class Ctrl-C ends the process, and the cluster is still removed.
 */
final class Interrupts implements AutoCloseable {

  private static final String[] SIGNALS = {"INT", "TERM"};
  private static final int STATUS_GIVEN_UP = 130;

  private final Object[] before = new Object[SIGNALS.length];

  private Interrupts() {}

  /**
   * @param inOrder whether there is something to end in order; else the first ends the process
   * @param told runs when the thread is interrupted
   */
  static Interrupts of(Thread thread, BooleanSupplier inOrder, Runnable told) {
    Interrupts interrupts = new Interrupts();
    AtomicInteger times = new AtomicInteger();
    Runnable asked = () -> {
      if (times.incrementAndGet() > 1 || !inOrder.getAsBoolean()) {
        // Not on this thread: it may hold what the end of the process waits for.
        new Thread(() -> System.exit(STATUS_GIVEN_UP), "give-up").start();
      } else {
        told.run();
        thread.interrupt();
      }
    };
    try {
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
        switch (method.getName()) {
          case "handle" -> asked.run();
          case "hashCode" -> {
            return System.identityHashCode(proxy);
          }
          case "equals" -> {
            return proxy == arguments[0];
          }
          default -> {
            return method.getName();
          }
        }
        return null;
      });
      for (int i = 0; i < SIGNALS.length; i++) {
        interrupts.before[i] = handle(i, ours);
      }
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // as it was
    }
    return interrupts;
  }

  /** Returns what was in its place. */
  private static Object handle(int which, Object handler) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> type = Class.forName("sun.misc.SignalHandler");
    return signal.getMethod("handle", signal, type).invoke(null,
        signal.getConstructor(String.class).newInstance(SIGNALS[which]), handler);
  }

  @Override
  public void close() {
    for (int i = 0; i < SIGNALS.length; i++) {
      if (before[i] != null) {
        try {
          handle(i, before[i]);
        } catch (ReflectiveOperationException e) {
          // the process is at its end anyway
        }
      }
    }
    Thread.interrupted();
  }
}
