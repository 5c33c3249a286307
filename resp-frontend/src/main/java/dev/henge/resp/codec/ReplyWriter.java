package dev.henge.resp.codec;

import java.util.List;

/** Writes decoded replies again; what RESP2 lacks becomes what Redis makes of it there. */
final class ReplyWriter {
    private ReplyWriter() {
    }

    static void write(RespEncoder out, Reply reply) {
        if (reply instanceof Reply.Bulk bulk) {
            out.bulk(bulk.bytes());
        } else if (reply instanceof Reply.Int integer) {
            out.integer(integer.value());
        } else if (reply instanceof Reply.Simple simple) {
            out.simple(simple.text());
        } else if (reply instanceof Reply.Error error) {
            out.error(error.text());
        } else if (reply instanceof Reply.Array array) {
            out.array(array.elements().size());
            all(out, array.elements());
        } else if (reply instanceof Reply.Map map) {
            out.map(map.keysAndValues().size() / 2);
            all(out, map.keysAndValues());
        } else if (reply instanceof Reply.SetReply set) {
            out.set(set.elements().size());
            all(out, set.elements());
        } else if (reply instanceof Reply.Push push) {
            out.push(push.elements().size());
            all(out, push.elements());
        } else {
            scalar(out, reply);
        }
    }

    private static void scalar(RespEncoder out, Reply reply) {
        if (reply instanceof Reply.Null nothing) {
            if (nothing.array()) {
                out.nullArray();
            } else {
                out.nullBulk();
            }
        } else if (reply instanceof Reply.Double number) {
            out.doubleValue(number.value());
        } else if (reply instanceof Reply.Bool bool) {
            out.bool(bool.value());
        } else if (reply instanceof Reply.Verbatim verbatim) {
            out.verbatim(verbatim.format(), verbatim.text());
        } else if (reply instanceof Reply.Big big) {
            out.bigNumber(big.decimal());
        } else {
            throw new IllegalStateException("no such reply: " + reply);
        }
    }

    private static void all(RespEncoder out, List<Reply> replies) {
        for (Reply reply : replies) {
            write(out, reply);
        }
    }
}
