package dev.henge.storage.lsm;

import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongFunction;

/** The value files that one table points into, held for as long as the table is open. */
final class ValueLinks {

    private final Map<Long, ValueFile> files = new HashMap<>();
    private final Map<ValueFile, Long> liveBytes = new LinkedHashMap<>();

    /**
     * @param live  value file number → bytes of it that the table points at
     * @param files opens each of them
     */
    ValueLinks(Map<Long, Long> live, LongFunction<ValueFile> files) {
        live.forEach((number, bytes) -> {
            ValueFile file = files.apply(number);
            file.hold();
            this.files.put(number, file);
            liveBytes.put(file, bytes);
        });
    }

    byte[] read(StoredValue.Pointer pointer) {
        ValueFile file = files.get(pointer.file());
        if (file == null) {
            throw new IllegalStateException("a table points into value file " + pointer.file()
                + ", which it does not name");
        }
        return file.read(pointer);
    }

    Map<ValueFile, Long> liveBytes() {
        return Collections.unmodifiableMap(liveBytes);
    }

    void release() throws IOException {
        for (ValueFile file : liveBytes.keySet()) {
            file.release();
        }
    }
}
