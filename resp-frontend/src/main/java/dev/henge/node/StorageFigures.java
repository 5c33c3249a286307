package dev.henge.node;

import dev.henge.storage.lsm.LsmStats;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** INFO's section of the store: every figure of {@link LsmStats} under its own name, a line for each level. */
final class StorageFigures {

  private StorageFigures() {}

  static Map<String, Object> of(LsmStats stats) {
    Map<String, Object> figures = new LinkedHashMap<>();
    for (RecordComponent component : LsmStats.class.getRecordComponents()) {
      Object value = valueOf(component, stats);
      if (!(value instanceof List)) {
        figures.put("store_" + named(component.getName()), value instanceof Boolean yes ? (yes ? 1 : 0) : value);
      }
    }
    for (LsmStats.Level level : stats.levels()) {
      figures.put("store_level_" + level.level(), "runs=" + level.runs() + ",tables=" + level.tables() + ",bytes="
          + level.bytes() + ",bytes_max=" + level.bytesMax());
    }
    return figures;
  }

  private static Object valueOf(RecordComponent component, LsmStats stats) {
    try {
      return component.getAccessor().invoke(stats);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  private static String named(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
