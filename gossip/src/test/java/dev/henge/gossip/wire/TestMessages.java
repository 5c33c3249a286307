package dev.henge.gossip.wire;

import java.util.Arrays;
import java.util.List;

/** A small protocol for tests: a record with every kind of field, and a number. */
final class TestMessages {
    record Everything(int u8, int u16, int i32, long i64, long varint, byte[] bytes, String string, boolean bool) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Everything e && u8 == e.u8 && u16 == e.u16 && i32 == e.i32 && i64 == e.i64
                    && varint == e.varint && Arrays.equals(bytes, e.bytes) && string.equals(e.string) && bool == e.bool;
        }

        @Override
        public int hashCode() {
            return i32;
        }
    }

    record Number(long value) {}

    record Blob(byte[] bytes) {}

    record NotRegistered() {}

    static final MessageType<Everything> EVERYTHING = new MessageType<>() {
        @Override
        public int id() {
            return 1;
        }

        @Override
        public Class<Everything> type() {
            return Everything.class;
        }

        @Override
        public void write(Everything m, WireOutput out) {
            out.u8(m.u8);
            out.u16(m.u16);
            out.i32(m.i32);
            out.i64(m.i64);
            out.varint(m.varint);
            out.bytes(m.bytes, 0, m.bytes.length);
            out.string(m.string);
            out.bool(m.bool);
        }

        @Override
        public Everything read(WireInput in) {
            return new Everything(in.u8(), in.u16(), in.i32(), in.i64(), in.varint(), in.bytes(),
                    in.string(), in.bool());
        }
    };

    static final MessageType<Number> NUMBER = new MessageType<>() {
        @Override
        public int id() {
            return 2;
        }

        @Override
        public Class<Number> type() {
            return Number.class;
        }

        @Override
        public void write(Number m, WireOutput out) {
            out.varint(m.value);
        }

        @Override
        public Number read(WireInput in) {
            return new Number(in.varint());
        }
    };

    static final MessageType<Blob> BLOB = new MessageType<>() {
        @Override
        public int id() {
            return MessageCodec.TYPE_ID_MAX;
        }

        @Override
        public Class<Blob> type() {
            return Blob.class;
        }

        @Override
        public void write(Blob m, WireOutput out) {
            out.bytes(m.bytes, 0, m.bytes.length);
        }

        @Override
        public Blob read(WireInput in) {
            return new Blob(in.bytes());
        }
    };

    private TestMessages() {}

    static MessageCodec codec() {
        return new MessageCodec(List.of(EVERYTHING, NUMBER, BLOB));
    }
}
