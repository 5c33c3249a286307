package dev.henge.storage.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;

/** A walk over a run by its tables' {@link TableBlocks}, all sound. Forward only. */
final class BlocksCursor implements EntryCursor {

    /** Opens a table's blocks. */
    interface Opening {
        TableBlocks open(Manifest.NamedTable table) throws IOException;
    }

    private final Iterator<Manifest.NamedTable> tables;
    private final Opening opening;
    private final ValueCheck values;
    private TableBlocks blocks;
    private Iterator<TableBlocks.Entry> entries = List.<TableBlocks.Entry>of().iterator();
    private TableBlocks.Entry entry;

    BlocksCursor(Manifest.NamedRun run, Opening opening, ValueCheck values) {
        this.tables = run.tables().iterator();
        this.opening = opening;
        this.values = values;
    }

    @Override
    public boolean next() {
        try {
            while (!entries.hasNext()) {
                if (!nextBlock()) {
                    return false;
                }
            }
            entry = entries.next();
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean nextBlock() throws IOException {
        TableBlocks.Block block = blocks == null ? null : blocks.next();
        if (block == null) {
            if (blocks != null) {
                blocks.close();
            }
            if (!tables.hasNext()) {
                return false;
            }
            blocks = opening.open(tables.next());
            return true;
        }
        entries = block.entries().iterator();
        return true;
    }

    @Override
    public byte[] key() {
        return entry.key();
    }

    @Override
    public boolean isTombstone() {
        return StoredValue.isTombstone(entry.stored());
    }

    @Override
    public boolean isOperand() {
        return StoredValue.isOperand(entry.stored()[0]);
    }

    @Override
    public byte[] value() {
        if (!StoredValue.isPointer(entry.stored())) {
            return StoredValue.inlineValue(entry.stored());
        }
        try {
            return values.value(StoredValue.pointer(entry.stored()), entry.key());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
