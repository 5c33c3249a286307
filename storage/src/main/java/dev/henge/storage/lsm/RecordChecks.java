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
    private final byte[] head = new byte[12];

    /** As {@link LogSegment#headCheck}. */
    int ofHead(long position, int length) {
        LONGS.set(head, 0, position);
        INTS.set(head, 8, length);
        return of(head, 0, head.length);
    }

    /** As {@link LogSegment#crc}. */
    int of(byte[] bytes, int offset, int length) {
        crc.reset();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
