package dev.henge.storage.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;

/** The formats of table that a store reads; the manifest names each table with its kind. */
enum TableKind {

    /** MapDB's {@code SortedTableMap} with an index beside it: {@link SortedMapTable}. */
    SORTED_MAP(1),
    /** A file of ours: {@link BlockTable}. */
    BLOCK(2);

    /** Stands in the manifest. */
    final int code;

    TableKind(int code) {
        this.code = code;
    }

    /** The kind, or null if this release does not know it. */
    static TableKind of(int code) {
        for (TableKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        return null;
    }

    List<String> fileNames(long number) {
        return this == BLOCK ? List.of(BlockTable.nameOf(number))
            : List.of(SortedMapTable.nameOf(number), TableIndex.nameOf(number));
    }

    /** Opens a table that the manifest names; {@code files} opens the value files that it points into. */
    Table open(Path directory, Disk disk, long number, LongFunction<ValueFile> files) throws IOException {
        return this == BLOCK ? BlockTable.open(directory, disk, number, files)
            : SortedMapTable.open(directory, disk, number, files);
    }

    /** A builder of a table whose entries have at most these sizes. */
    TableBuilder build(Path directory, Disk disk, long number, int keyBytesMax, int storedBytesMax,
            int bloomBitsPerKey) throws IOException {
        return this == BLOCK ? new BlockTableBuilder(directory, disk, number, bloomBitsPerKey)
            : new SortedMapTableBuilder(directory, disk, number, TableShape.fitting(keyBytesMax, storedBytesMax),
                bloomBitsPerKey);
    }
}
