package dev.henge.resp.session;

import dev.henge.resp.codec.Reply;
import dev.henge.resp.codec.Request;
import dev.henge.resp.command.RedisErrors;
import java.util.List;
import java.util.function.Consumer;

/**
 * LMOVE, RPOPLPUSH and LMPOP where the keys lie in several vnodes.
 *
 * <p>An element is pushed to its new list before it is taken from the old one, so that it is never in neither, whatever
 * fails in between:
 *
 * <pre>
 * look : what stands at the source's end, and where                      none: the reply is null
 * give : push it to the target                                           an error: nothing has happened, or only the push
 * take : remove that very element from the source                        done: the reply is the element
 *        it is not there any more: another client was faster; the push is taken back, and all begins again
 * </pre>
 *
 * <p>Between give and take, a round trip, the element stands in both lists, and there it stays if this node dies then;
 * an answer that cannot know says so. Who pops the target in that moment may get an element that is popped from the
 * source, too. For a move in one step the two keys have to share a hash tag.
 */
final class ListMoves {

  /** So often a move begins again because others were faster. */
  static final int ATTEMPTS_MAX = 64;

  private final ManyVnodes parts;
  private final int db;
  private final Consumer<Reply> end;

  ListMoves(ManyVnodes parts, int db, Consumer<Reply> end) {
    this.parts = parts;
    this.db = db;
    this.end = end;
  }

  // ---------------------------------------------------------------- LMOVE

  void move(Request request) {
    if (request.is(0, "RPOPLPUSH")) {
      new Move(request.copy(1), "RIGHT", request.copy(2), "LEFT").look();
    } else if (isSide(request, 3) && isSide(request, 4)) {
      new Move(request.copy(1), request.string(3), request.copy(2), request.string(4)).look();
    } else {
      end.accept(new Reply.Error(RedisErrors.SYNTAX));
    }
  }

  private static boolean isSide(Request request, int i) {
    return request.is(i, "LEFT") || request.is(i, "RIGHT");
  }

  private final class Move {
    private final byte[] source;
    private final byte[] sourceSide;
    private final byte[] target;
    private final byte[] targetSide;
    private int attempts;

    Move(byte[] source, String sourceSide, byte[] target, String targetSide) {
      this.source = source;
      this.sourceSide = Frontend.ascii(sourceSide);
      this.target = target;
      this.targetSide = Frontend.ascii(targetSide);
    }

    void look() {
      if (attempts++ == ATTEMPTS_MAX) {
        end.accept(new Reply.Error("TRYAGAIN others were faster to pop the source"));
        return;
      }
      Request look = ManyVnodes.command("HENGE.LPEEK", source, sourceSide);
      parts.ask(source, look, db, 2, true, found -> {
        if (found instanceof Reply.Array element) {
          give(bytes(element.elements().get(0)), bytes(element.elements().get(1)));
        } else {
          end.accept(found);
        }
      });
    }

    private void give(byte[] position, byte[] element) {
      Request give = ManyVnodes.command("HENGE.LGIVE", target, targetSide, element);
      parts.ask(target, give, db, 2, false, given -> {
        if (given instanceof Reply.Bulk at) {
          take(position, element, at.bytes());
        } else {
          end.accept(given);
        }
      });
    }

    private void take(byte[] position, byte[] element, byte[] given) {
      remove(source, position, element, taken -> {
        if (taken instanceof Reply.Error) {
          end.accept(taken);
        } else if (ManyVnodes.isOne(taken)) {
          end.accept(new Reply.Bulk(element));
        } else {
          remove(target, given, element, back -> {
            if (back instanceof Reply.Error) {
              end.accept(back);
            } else {
              look();
            }
          });
        }
      });
    }

    private void remove(byte[] key, byte[] position, byte[] element, Consumer<Reply> then) {
      parts.ask(key, ManyVnodes.command("HENGE.LTAKE", key, position, element), db, 2, false, then);
    }
  }

  private static byte[] bytes(Reply reply) {
    return ((Reply.Bulk) reply).bytes();
  }

  // ---------------------------------------------------------------- LMPOP

  /** The first of the keys, in their order, that has something. */
  void popFirst(Request request, List<byte[]> keys, int protocol) {
    if (2 + keys.size() == request.argCount()) {
      end.accept(new Reply.Error(RedisErrors.SYNTAX));
    } else {
      popFrom(request, keys, 0, protocol);
    }
  }

  private void popFrom(Request request, List<byte[]> keys, int number, int protocol) {
    byte[] key = keys.get(number);
    int options = 2 + keys.size();
    byte[][] words = new byte[request.argCount() - options + 3][];
    words[0] = request.copy(0);
    words[1] = new byte[] {'1'};
    words[2] = key;
    for (int i = options; i < request.argCount(); i++) {
      words[i - options + 3] = request.copy(i);
    }
    parts.ask(key, Request.of(words), db, protocol, false, popped -> {
      if (popped instanceof Reply.Null && number + 1 < keys.size()) {
        popFrom(request, keys, number + 1, protocol);
      } else {
        end.accept(popped);
      }
    });
  }
}
