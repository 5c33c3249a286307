package dev.henge.ring.replica;

import dev.henge.storage.row.ByteReader;
import dev.henge.storage.row.FormatException;
import dev.henge.storage.version.VersionVector;

/** Brings a shard's replicas from what the store has to where the log was, record by record. */
final class LogReplay {

  private final Shard shard;

  LogReplay(Shard shard) {
    this.shard = shard;
  }

  void replay(long position, byte[] record) {
    ByteReader in = new ByteReader(record);
    int type = in.u8();
    in.skip(Long.BYTES);
    if (type == Shard.RECORD_HINT) {
      shard.hints.replay(position, in);
      return;
    }
    if (type == Shard.RECORD_BUNDLE) {
      Bundle bundle = Bundle.read(record, Shard.RECORD_HEADER_BYTES);
      VnodeReplica r = shard.replicas[bundle.vnode()];
      long known = r == null ? Long.MAX_VALUE : r.clock.get(bundle.actor());
      if (bundle.seq() == known + 1 || bundle.seq() > known && r.clockLost) {
        shard.stamps.observe(bundle.hlc());
        shard.settle(r, bundle, position);
      }
      return;
    }
    if (type == Shard.RECORD_VIEW) {
      shard.views.replay(in);
      return;
    }
    VnodeReplica r = shard.replicas[in.u16()];
    if (r == null) {
      return;
    }
    if (type == Shard.RECORD_ROWS) {
      byte[] body = in.rest();
      shard.damage.apply(r, rows -> rows.apply(0, 0, new ByteReader(body)));
    } else if (type == Shard.RECORD_LATE_ROWS) {
      VersionVector superseding = in.vector();
      byte[] body = in.rest();
      shard.damage.apply(r, rows -> rows.apply(0, 0, new ByteReader(body), superseding));
    } else if (type == Shard.RECORD_REPLACE) {
      byte[] from = in.block();
      byte[] to = in.block();
      VersionVector seen = in.vector();
      byte[] body = in.rest();
      shard.damage.apply(r, rows -> rows.replace(from, to, seen, new ByteReader(body)));
    } else if (type == Shard.RECORD_CLOCK) {
      r.clock = r.clock.join(in.vector());
      shard.damage.rowsPassedBy(r);
    } else {
      throw new FormatException("log record of unknown type " + type);
    }
    shard.moved(r, position);
  }
}
