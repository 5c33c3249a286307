package dev.henge.chaos.run;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A run's result for programs: JSON. */
final class Result {

  private Result() {}

  static String json(RunRecord record) {
    List<Second> seconds = record.seconds();
    return "{\n  \"title\": " + quoted(record.title()) + ",\n  \"holds\": " + record.holds() + ",\n  \"seconds\": "
        + seconds.size() + ",\n  \"ok\": " + seconds.stream().mapToLong(Second::ok).sum() + ",\n  \"refused\": "
        + seconds.stream().mapToLong(Second::refused).sum() + ",\n  \"inDoubt\": "
        + seconds.stream().mapToLong(Second::inDoubt).sum() + ",\n  \"faults\": " + record.events().size()
        + ",\n  \"facts\": {\n" + record.facts().entrySet().stream().map(Result::fact).collect(Collectors.joining(",\n"))
        + "\n  },\n  \"findings\": [\n" + record.findings().stream().map(Result::finding).collect(Collectors.joining(",\n"))
        + "\n  ]\n}\n";
  }

  private static String fact(Map.Entry<String, String> fact) {
    return "    " + quoted(fact.getKey()) + ": " + quoted(fact.getValue());
  }

  private static String finding(Finding finding) {
    return "    {\"checker\": " + quoted(finding.checker()) + ", \"holds\": " + finding.holds() + ", \"judged\": "
        + finding.judged() + ", \"says\": " + quoted(finding.says()) + "}";
  }

  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        default -> quoted.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
    return quoted.append('"').toString();
  }
}
