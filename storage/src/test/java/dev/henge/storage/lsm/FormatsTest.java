package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes on the disk, as docs/formats shows them. A change here is a new format version. */
class FormatsTest {

    @TempDir
    Path dir;

    private String hexOf(String name) throws IOException {
        return HexFormat.of().formatHex(Files.readAllBytes(dir.resolve(name)));
    }

    @Test
    void aStoreWithOneRecordOneKeyAndOneLargeValue() throws IOException {
        LsmOptions options = LsmOptions.defaults().withLargeValueBytes(16);
        try (LsmStore store = LsmStore.open(dir, options, (position, record) -> { })) {
            store.append("hi".getBytes(), 0, 2);
            store.put("a".getBytes(), "1".getBytes());
            store.put("b".getBytes(), "seventeen letters".getBytes());
            store.put("c".getBytes(), new byte[0]);
            store.checkpoint();
        }
        try (Stream<Path> files = Files.list(dir)) {
            assertEquals(List.of("LOCK", "LOG-END", "MANIFEST", "log-0000000000000000.hlog", "table-0000000000000001.hblk",
                "values-0000000000000002.hval"),
                files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        assertEquals("48454e47454c4f47" + "00000002" + "0000000000000000" + "be94d93b"
            + "00000002" + "ca5bc5aa" + "f59dd9c2" + "6869", hexOf("log-0000000000000000.hlog"));
        assertEquals("48454e4745454e44" + "00000001" + "000000000000000e" + "5bfff9c6", hexOf("LOG-END"));
        assertEquals("48454e47454d414e00000002000000000000000e000000000000000300000001"
            + "000000000102000000000000000134d8f06b", hexOf("MANIFEST"));
        assertEquals("48454e474556414c0000000100000000000000025bcef90b000000119d9d5e4c"
            + "736576656e7465656e206c657474657273", hexOf("values-0000000000000002.hval"));
        assertEquals("0000003300030000c1330300000004001f016101310162020000000000000002"
            + "0000000000000020000000119d9d5e4c016301000000000000000000a61de2ed"
            + "0000600800000000040028000100200000000000010000000000000080000001"
            + "0401003000000000080040000000000000000000000000000200000000000000"
            + "61000000000000000000000000000000ffffffffffffffff0000004000000001"
            + "6100000000000000010000000000000003000000000000000000000001000000"
            + "1900000001610000000163000000010000000000000002000000000000001900"
            + "00000143994e8a00000001000000000000004000000080000000a0000000a000"
            + "0000a1000000010881c36948454e4745424c4b", hexOf("table-0000000000000001.hblk"));
        try (LsmStore store = LsmStore.open(dir, options, (position, record) -> { })) {
            assertArrayEquals("seventeen letters".getBytes(), store.get("b".getBytes()));
        }
    }

    @Test
    void aRecordBehindASyncHasAMark() throws IOException {
        LsmOptions options = LsmOptions.defaults().withLogSync(LogSync.ALWAYS);
        try (LsmStore store = LsmStore.open(dir, options, (position, record) -> { })) {
            store.append("hi".getBytes(), 0, 2);
            store.endTurn();
            assertEquals(14, store.syncedPosition());
            assertEquals(14, store.append("ho".getBytes(), 0, 2));
        }
        assertEquals("48454e47454c4f47" + "00000002" + "0000000000000000" + "be94d93b"
            + "00000002" + "ca5bc5aa" + "f59dd9c2" + "6869"
            + "80000002" + "15f3d767" + "d33c3e2a" + "000000000000000e" + "686f", hexOf("log-0000000000000000.hlog"));
    }

    @Test
    void aTableOfTheFirstKind() throws IOException {
        ValueFile values = ValueFile.create(dir, Disk.real(), 2);
        values.hold();
        TableBuilder builder = TableKind.SORTED_MAP.build(dir, Disk.real(), 1, 1, 25, 10);
        add(builder, "a", StoredValue.inline("1".getBytes()));
        add(builder, "b", values.append("seventeen letters".getBytes()).encode());
        add(builder, "c", StoredValue.inline(new byte[0]));
        Table table = builder.finish(number -> values);
        table.hold();
        assertEquals("48454e4745544142000000010000000000000001000000000000000300000000"
            + "00000000000100000000000100000019f5dcc2d2000000016100000001630000"
            + "000100000000000000020000000000000019000000014cb1bafc000000400000"
            + "6008000000000400280001002000000000000100000000000000800000010401"
            + "003000000000080040000000000000000000000000000200000000000000ab14"
            + "e10e", hexOf("table-0000000000000001.hidx"));
        byte[] page = Files.readAllBytes(dir.resolve("table-0000000000000001.htab"));
        assertEquals(TableShape.PAGE_BYTES, page.length);
        assertEquals("4a0a000000000000000000000000000000000000000000030000000000000000"
            + "0000000000010000000000000000000000000000000000000000000000000000"
            + "0000000100000050000000570000007683816181628163820131990200000000"
            + "000000020000000000000020000000119d9d5e4c810100000000000000000000",
            HexFormat.of().formatHex(page, 0, 128));
        table.release();
        values.release();
    }

    private static void add(TableBuilder builder, String key, byte[] stored) throws IOException {
        builder.add(key.getBytes(), key.length(), stored[0], stored, 1, stored.length - 1);
    }
}
