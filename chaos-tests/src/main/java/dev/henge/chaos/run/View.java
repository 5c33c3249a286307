package dev.henge.chaos.run;

import java.util.List;

/** Who watches a run. May be called from several threads. */
public interface View {

  /** Nobody does. */
  View NONE = new View() {
    @Override
    public void phase(String what) {}

    @Override
    public void event(double atSeconds, Event event) {}

    @Override
    public void wrong(String what) {}

    @Override
    public void second(double atSeconds, Second last, List<Event> inForce, double forSeconds) {}

    @Override
    public void end() {}
  };

  /** What is being done now. */
  void phase(String what);

  /** A fault that begins or has ended. */
  void event(double atSeconds, Event event);

  /** Something that must not be. */
  void wrong(String what);

  /**
   * A second that is over.
   *
   * @param last null before there is one
   * @param forSeconds how long the run is to last
   */
  void second(double atSeconds, Second last, List<Event> inForce, double forSeconds);

  /** Nothing more comes. */
  void end();
}
