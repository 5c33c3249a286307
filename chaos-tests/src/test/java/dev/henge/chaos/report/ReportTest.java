package dev.henge.chaos.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.chaos.run.Event;
import dev.henge.chaos.run.Finding;
import dev.henge.chaos.run.RunRecord;
import dev.henge.chaos.run.Second;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The page of a made-up run has all that it is to have, is well-formed, and asks for nothing from elsewhere. */
class ReportTest {

  private static final long START = 5_000_000_000L;
  private static final int SECONDS = 180;

  private static Event event(double from, double to, String kind, String what, Integer... nodes) {
    return new Event(START + (long) (from * 1e9), to < 0 ? Long.MAX_VALUE : START + (long) (to * 1e9), kind, what,
        Set.of(nodes));
  }

  private static List<Event> events() {
    return List.of(event(4, 12, "cut", "cut 0,1 from 2,3,4", 0, 1, 2, 3, 4), event(6, 9, "cut", "cut 3", 3),
        event(10, 14, "kill", "kill primary of r0, host 2", 2), event(22, 30, "loss", "loss all 20%", 0, 1, 2, 3, 4),
        event(25, 31, "pause", "pause 1", 1), event(40, 40.05, "reset", "reset 4", 4),
        event(44, 52, "disk", "disk 0 <100ms> & \"more\"", 0), event(60, 66, "power", "power", 0, 1, 2, 3, 4),
        event(75, 85, "clock", "clock 1 -1m30s", 1), event(78, 88, "drift", "drift 3 +500ppm", 3),
        event(95, 101, "wipe", "wipe 4", 4), event(110, 140, "roll", "roll each 6s", 0, 1, 2, 3, 4),
        event(150, 158, "flap", "flap halves each 500ms", 0, 1, 2, 3, 4), event(152, 153, "ended",
            "host 2 ended by itself", 2), event(170, -1, "full", "full 1", 1));
  }

  private static List<Second> seconds(int count) {
    Random random = new Random(1);
    List<Second> seconds = new ArrayList<>();
    for (int at = 0; at < count; at++) {
      boolean cut = at >= 4 && at < 12;
      boolean dark = at >= 60 && at < 68;
      long doubt = cut ? random.nextInt(60) : dark ? 4 : random.nextInt(20) == 0 ? 3 : 0;
      long refused = dark ? 480 : cut ? 90 : 0;
      long ok = Math.max(0, 500 - doubt - refused - random.nextInt(10));
      List<Long> ofNode = new ArrayList<>();
      for (int node = 0; node < 5; node++) {
        ofNode.add(node == 2 && at >= 10 && at < 14 ? 0 : ok / 5 + random.nextInt(9));
      }
      double p50 = dark ? 0 : 0.8 + random.nextDouble() * 0.4 + (cut ? 6 : 0);
      seconds.add(new Second(at, ok, refused, doubt, p50, p50 * (4 + random.nextInt(8)), p50 * (10 + random.nextInt(200)),
          ofNode));
    }
    return seconds;
  }

  private static RunRecord record(List<Second> seconds, List<Event> events) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("target", "henge 0.1.0");
    facts.put("backend", "network namespaces");
    facts.put("nodes", "5");
    facts.put("seed", "42");
    facts.put("policy", "available");
    return new RunRecord("Henge, 5 nodes, mixed faults for 3 minutes", facts, START, events, seconds,
        List.of(new Finding("registers", true, 21_344, "4 keys, linearizable while each had one primary"),
            new Finding("sets", false, 8_111,
                "s1: member 17 was acknowledged at 12.345 and is gone\n12.345..12.377 client 3 at host 2 SADD s1 <17> = 1\n"
                    + "190.001..190.004 client 0 at host 4 SMEMBERS s1 = [1, 2, 3]"),
            new Finding("convergence", true, 60, "all hosts give the same answers")), Path.of("history.jsonl.gz"));
  }

  private static String page(RunRecord record) {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("every command, fault and second", "history.jsonl.gz");
    files.put("the faults as they were played", "schedule.chaos");
    files.put("logs of the nodes", "logs/");
    return Report.page(record, "./henge chaos run --script schedule.chaos --nodes 5 --seed 42", files);
  }

  private static Document parsed(String page) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void thePageHasWhatItMust() throws Exception {
    String page = page(record(seconds(SECONDS), events()));
    String text = parsed(page).getDocumentElement().getTextContent();
    for (String words : List.of("Henge, 5 nodes, mixed faults for 3 minutes", "1 of 3 checkers found something",
        "registers", "21,344", "s1: member 17 was acknowledged at 12.345 and is gone", "SADD s1 <17> = 1", "seed", "42",
        "policy", "available", "./henge chaos run --script schedule.chaos --nodes 5 --seed 42", "history.jsonl.gz",
        "schedule.chaos", "cut 0,1 from 2,3,4", "disk 0 <100ms> & \"more\"", "never undone", "host 4", "p99", "max",
        "refused", "in doubt")) {
      assertTrue(text.contains(words), "there is no " + words);
    }
    // What was found stands before what was not.
    assertTrue(text.indexOf("sets\u2717 broken") > 0 && text.indexOf("sets\u2717 broken") < text.indexOf("registers\u2713"), text);
    write("report.html", page);
  }

  @Test
  void everyFaultIsABarAndEveryKindALane() throws Exception {
    NodeList rects = parsed(page(record(seconds(SECONDS), events()))).getElementsByTagName("rect");
    int bars = 0;
    for (int i = 0; i < rects.getLength(); i++) {
      Element rect = (Element) rects.item(i);
      bars += rect.getAttribute("class").startsWith("bar ") ? 1 : 0;
      assertTrue(Double.parseDouble(rect.getAttribute("width")) > 0);
    }
    assertEquals(events().size(), bars);
  }

  @Test
  void thePictureStandsAlone() throws Exception {
    String svg = Report.picture(record(seconds(SECONDS), events()));
    Element root = parsed(svg).getDocumentElement();
    assertEquals("svg", root.getLocalName());
    assertEquals("style", ((Element) root.getElementsByTagName("style").item(0)).getLocalName());
    assertTrue(root.getTextContent().contains("--paper") && root.getTextContent().contains("host 4"));
    assertFalse(svg.replace("http://www.w3.org/", "").contains("://"), "an address");
  }

  @Test
  void itAsksForNothingFromElsewhereAndRunsNothing() throws Exception {
    String page = page(record(seconds(SECONDS), events()));
    assertFalse(page.contains("<script"), "a script");
    assertFalse(page.replace("http://www.w3.org/", "").contains("://"), "an address");
    assertFalse(page.contains("@import") || page.contains("url("), "a file of its style");
  }

  @Test
  void aGoodRunSaysSo() throws Exception {
    RunRecord bad = record(seconds(30), List.of());
    RunRecord good = new RunRecord(bad.title(), bad.facts(), START, List.of(), bad.seconds(),
        List.of(new Finding("registers", true, 10, "fine"), new Finding("counters", true, 9, "fine")), bad.history());
    String text = parsed(page(good)).getDocumentElement().getTextContent();
    assertTrue(text.contains("All 2 checkers are content"), text);
    assertFalse(text.contains("\u2717"), text);
  }

  @Test
  void runsOfNothingAndOfHoursAreShownToo() throws Exception {
    parsed(page(record(List.of(), List.of())));
    parsed(page(record(List.of(new Second(0, 0, 0, 0, 0, 0, 0, List.of())), List.of())));
    String hours = page(record(seconds(4 * 3_600), events()));
    assertTrue(hours.length() < 500_000, hours.length() + " characters");
    assertTrue(parsed(hours).getDocumentElement().getTextContent().contains("mean of 24 s"), "seconds are not merged");
    write("hours.html", hours);
  }

  private static void write(String name, String page) throws IOException {
    Path dir = Path.of("target", "chaos");
    Files.createDirectories(dir);
    Files.writeString(dir.resolve(name), page);
  }
}
