package dev.henge.resp.command;

import java.util.ArrayList;
import java.util.List;

/** A hash table from names, in any case, to specs; finding allocates nothing. */
final class CommandIndex<H> {
    private static final int SLOTS_INITIAL = 16;

    private List<CommandSpec<H>> slots = empty(SLOTS_INITIAL);
    private int count;

    void add(CommandSpec<H> spec) {
        if (4 * (count + 1) > slots.size()) {
            List<CommandSpec<H>> old = slots;
            slots = empty(2 * old.size());
            for (CommandSpec<H> moved : old) {
                if (moved != null) {
                    place(moved);
                }
            }
        }
        place(spec);
        count++;
    }

    private void place(CommandSpec<H> spec) {
        byte[] name = spec.lookupName();
        int slot = slot(name, 0, name.length);
        while (slots.get(slot) != null) {
            slot = slot + 1 & slots.size() - 1;
        }
        slots.set(slot, spec);
    }

    /** The spec of that name, or null. */
    CommandSpec<H> find(byte[] bytes, int offset, int length) {
        int slot = slot(bytes, offset, length);
        while (true) {
            CommandSpec<H> spec = slots.get(slot);
            if (spec == null || same(spec.lookupName(), bytes, offset, length)) {
                return spec;
            }
            slot = slot + 1 & slots.size() - 1;
        }
    }

    private int slot(byte[] bytes, int offset, int length) {
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + upper(bytes[i]);
        }
        hash *= 0x9E3779B1;
        return (hash ^ hash >>> 16) & slots.size() - 1;
    }

    private static boolean same(byte[] upperName, byte[] bytes, int offset, int length) {
        if (upperName.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (upperName[i] != upper(bytes[offset + i])) {
                return false;
            }
        }
        return true;
    }

    private static int upper(byte c) {
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    }

    private static <T> List<T> empty(int size) {
        List<T> list = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            list.add(null);
        }
        return list;
    }
}
