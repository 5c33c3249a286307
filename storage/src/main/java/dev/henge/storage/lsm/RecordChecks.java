package dev.henge.storage.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** The checksums of one writer's log records, made without garbage. Not for several threads. */
final class RecordChecks {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final byte[] head = new byte[12 + LogSegment.MARK_BYTES];

    /** As {@link LogSegment#headCheck}. */
    int ofHead(long position, int word, long mark) {
        LONGS.set(head, 0, position);
        INTS.set(head, 8, word);
        LONGS.set(head, 12, mark);
        return of(head, 0, word < 0 ? head.length : 12);
    }

    /** As {@link LogSegment#crc}. */
    int of(byte[] bytes, int offset, int length) {
        crc.reset();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
