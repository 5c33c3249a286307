package dev.henge.storage.lsm;

import java.util.ArrayList;
import java.util.List;

/** The listener of an owner that writes {@link PutRecords}; remembers which positions were replayed and synced. */
final class PutReplay implements LsmListener {

    final List<Long> replayed = new ArrayList<>();
    volatile long synced = -1;
    int freezes;
    private LsmStore store;

    @Override
    public void opening(LsmStore opened) {
        store = opened;
    }

    @Override
    public void replay(long position, byte[] record) {
        replayed.add(position);
        PutRecords.apply(store, record);
    }

    @Override
    public void beforeFreeze(LsmStore freezing) {
        freezes++;
    }

    @Override
    public void synced(long position) {
        synced = position;
    }
}
