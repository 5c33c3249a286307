package dev.henge.node;

import dev.henge.ring.repair.AntiEntropy;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What INFO's section of replication tells of the comparison with other owners, and of the reading of the own disk. */
final class RepairFigures {

  private RepairFigures() {}

  static Map<String, Object> of(AntiEntropy.Figures figures) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("anti_entropy_compared", figures.compared());
    fields.put("anti_entropy_not_abreast", figures.notAbreast());
    fields.put("anti_entropy_differences", figures.differences());
    fields.put("anti_entropy_rows_repaired", figures.rowsRepaired());
    fields.put("anti_entropy_rows_outvoted", figures.outvoted());
    fields.put("anti_entropy_rows_drawn", figures.drawn());
    fields.put("anti_entropy_rows_open", figures.open());
    fields.put("anti_entropy_bytes", figures.bytes());
    fields.put("anti_entropy_age_seconds_max", figures.ageSecondsMax());
    fields.put("scrub_vnodes", figures.scrubbed());
    fields.put("scrub_rows", figures.scrubRows());
    fields.put("scrub_differences", figures.scrubDifferences());
    fields.put("scrub_progress", String.format(Locale.ROOT, "%.4f", figures.scrubProgress()));
    return fields;
  }
}
