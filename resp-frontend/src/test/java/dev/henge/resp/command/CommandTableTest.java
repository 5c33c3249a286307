package dev.henge.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.henge.resp.codec.Request;
import dev.henge.resp.codec.RespEncoder;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;

class CommandTableTest {
    private final CommandTable<String> table = CommandTable.redis();

    private static Request request(String line) {
        return Request.of(line.split(" "));
    }

    private CommandSpec<String> lookup(String line) {
        return table.lookup(request(line));
    }

    private String keys(String line) {
        KeyPositions keys = new KeyPositions();
        Request request = request(line);
        table.lookup(request).keys(request, keys);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < keys.count(); i++) {
            text.append(request.string(keys.position(i))).append(keys.writes(i) ? "! " : " ");
        }
        return text.toString().trim();
    }

    @Test
    void findsEveryCommandInAnyCase() {
        int subcommands = 0;
        for (CommandSpec<String> spec : table.commands()) {
            assertSame(spec, lookup(spec.name()));
            assertSame(spec, table.lookup(spec.name().toUpperCase(java.util.Locale.ROOT)));
            for (CommandSpec<String> sub : spec.subcommands()) {
                assertSame(sub, lookup(sub.name().replace('|', ' ') + " x"));
                assertSame(sub, table.lookup(sub.name()));
                assertSame(spec, sub.parent());
                subcommands++;
            }
        }
        assertEquals(240, table.commands().size());
        assertEquals(126, subcommands);
        assertEquals("get", lookup("GeT a").name());
        assertEquals("client|id", lookup("CLIENT iD").name());
        assertEquals("client", lookup("client").name());
        assertNull(lookup("client nope"));
        assertNull(lookup("geT2 a"));
        assertNull(table.lookup(Request.of("")));
        assertNull(table.lookup("client|nope"));
    }

    @Test
    void tellsWhatTheRowSays() {
        CommandSpec<String> set = table.lookup("set");
        assertTrue(set.write());
        assertFalse(set.readonly());
        assertEquals(EnumSet.of(CommandFlag.WRITE, CommandFlag.DENYOOM), set.flags());
        assertTrue(set.arityFits(3) && set.arityFits(9) && !set.arityFits(2));
        assertTrue(table.lookup("get").readonly());
        assertTrue(table.lookup("get").arityFits(2) && !table.lookup("get").arityFits(3));
        assertEquals(List.of("@write", "@string", "@slow"), set.row().categories());
    }

    @Test
    void bindsHandlers() {
        assertFalse(table.lookup("get").implemented());
        table.bind("GET", "handler of get");
        table.bind("CLIENT ID", "handler of client id");
        assertEquals("handler of get", table.lookup("get").handler());
        assertTrue(table.lookup("client").implemented());
        assertNull(table.lookup("client").handler());
        assertFalse(table.lookup("client|list").implemented());
        assertThrows(IllegalArgumentException.class, () -> table.bind("get", "again"));
        assertThrows(IllegalArgumentException.class, () -> table.bind("nope", "x"));
    }

    @Test
    void takesCommandsOfOnesOwn() {
        table.addContainer("HENGE", "server");
        CommandRow row = CommandRow.parse("HENGE RING\tHENGE\tno\t-2\treadonly,fast\t0\t0\t0\t\t1.0.0\tserver\tO(1)"
                + "\t@slow\t\t\t\t");
        CommandSpec<String> ring = table.add(row);
        assertSame(ring, lookup("henge ring"));
        assertThrows(IllegalArgumentException.class, () -> table.add(row));
        assertThrows(IllegalArgumentException.class, () -> table.addContainer("get", "x"));
    }

    @Test
    void findsKeys() {
        assertEquals("a", keys("GET a"));
        assertEquals("a!", keys("SET a b"));
        assertEquals("a! b!", keys("MSET a 1 b 2"));
        assertEquals("a b c", keys("MGET a b c"));
        assertEquals("a! b!", keys("BLPOP a b 0"));
        assertEquals("d! a b", keys("ZUNIONSTORE d 2 a b WEIGHTS 1 2"));
        assertEquals("", keys("ZUNIONSTORE d 5 a"));
        assertEquals("", keys("ZUNIONSTORE d x a"));
        assertEquals("a b", keys("SINTERCARD 2 a b LIMIT 1"));
        assertEquals("a! b!", keys("EVAL script 2 a b c"));
        assertEquals("", keys("EVAL script 0 c"));
        assertEquals("a b", keys("XREAD COUNT 1 STREAMS a b 0 0"));
        assertEquals("a b!", keys("SORT a BY store GET store LIMIT 0 store STORE b"));
        assertEquals("a b!", keys("GEORADIUS a 0 0 1 km STORE b"));
        assertEquals("a b!", keys("GEORADIUSBYMEMBER a m 1 km STOREDIST b"));
        assertEquals("k!", keys("MIGRATE h 1 k 0 10"));
        assertEquals("a", keys("OBJECT ENCODING a"));
        assertEquals("", keys("PING"));
        KeyPositions found = new KeyPositions();
        Request publish = request("SPUBLISH channel message");
        assertEquals(0, table.lookup(publish).keys(publish, found));
        assertEquals(1, table.lookup(publish).keysAndChannels(publish, found));
        assertEquals(1, found.position(0));
        Request migrate = Request.of("MIGRATE", "h", "1", "", "0", "10", "KEYS", "a", "b");
        assertEquals(2, table.lookup(migrate).keys(migrate, found));
        assertEquals(7, found.position(0));
    }

    @Test
    void wordsForWhatIsUnknown() {
        table.bind("CLIENT ID", "x");
        assertEquals("ERR unknown command 'nosuch', with args beginning with: 'a' 'b' ",
                table.unknown(request("nosuch a b")));
        assertEquals("ERR unknown command 'n', with args beginning with: ", table.unknown(request("n")));
        assertEquals("ERR unknown subcommand 'nope'. Try CLIENT HELP.", table.unknown(request("cLient nope")));
        assertEquals("ERR unknown command 'acl', with args beginning with: 'nope' ",
                table.unknown(request("acl nope")));
        String sub = "b".repeat(128);
        assertEquals("ERR unknown command 'x', with args beginning with: '" + sub + "' ",
                table.unknown(request("x " + "b".repeat(200) + " y")));
    }

    @Test
    void lookingUpAllocatesNothing() {
        Request get = request("GET key");
        Request client = request("CLIENT ID");
        Request zunion = request("ZUNIONSTORE d 2 a b");
        KeyPositions keys = new KeyPositions();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        int found = 0;
        for (int i = 0; i < 40_000; i++) {
            if (i == 20_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            found += table.lookup(get).keys(get, keys) + table.lookup(client).keys(client, keys)
                    + table.lookup(zunion).keys(zunion, keys);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(160_000, found);
        assertTrue(allocated < 20_000, allocated + " bytes");
    }

    private static String told(RespEncoder out) {
        return new String(out.array(), 0, out.length(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void onlyTheImplementedIsTold() {
        CommandIntrospection<String> commands = new CommandIntrospection<>(table);
        RespEncoder out = new RespEncoder();
        commands.command(out);
        commands.count(out);
        commands.list(request("COMMAND LIST"), out);
        commands.docs(request("COMMAND DOCS get"), out);
        commands.info(request("COMMAND INFO get"), out);
        commands.getKeys(request("COMMAND GETKEYS get a"), out);
        assertEquals("*0\r\n:0\r\n*0\r\n*0\r\n*1\r\n$-1\r\n-ERR Invalid command specified\r\n", told(out));
        table.bind("GET", "x");
        table.bind("CLIENT ID", "x");
        out.reset();
        commands.count(out);
        commands.list(request("COMMAND LIST"), out);
        assertEquals(":2\r\n*3\r\n$6\r\nclient\r\n$9\r\nclient|id\r\n$3\r\nget\r\n", told(out));
    }
}
