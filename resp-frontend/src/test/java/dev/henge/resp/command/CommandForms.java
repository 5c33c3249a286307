package dev.henge.resp.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * How commands look, and commands of these looks by chance. A line is a form: how the replies are compared, then the
 * words.
 *
 * <pre>
 * [ … ]      is there or not            ( … )+   once to three times
 * ( a | b )  one of them                $x       a word of a sort, see {@link #word}
 * </pre>
 *
 * <p>Now and then a word is not what it should be, a key is of another type, a word is missing or too many.
 */
final class CommandForms {

  /** How the replies to a command are compared. */
  enum Compared {
    /** They are equal. */
    EXACTLY,
    /** Their elements come in any order. */
    UNORDERED,
    /** So do pairs of elements. */
    PAIRS,
    /** A cursor and elements in any order. */
    PAGE,
    /** A cursor and pairs of elements in any order. */
    PAGE_OF_PAIRS,
    /** Both are a time to live that has not passed, or both the same. */
    TIME_LEFT,
    /** Ours takes members out by chance: they were there, and are taken out there too. */
    TAKEN,
    /** Members by chance, with their values or scores if so asked: as many, and there. */
    PICKED,
    /** Only asked of a sorted set whose scores are all the same: of others Redis says that the reply is unspecified. */
    BY_LEX
  }

  /** A command and how its replies are compared. */
  record Call(Compared compared, List<String> words) {
    @Override
    public String toString() {
      StringBuilder line = new StringBuilder();
      for (String word : words) {
        line.append(line.length() == 0 ? "" : " ")
            .append(ReplyText.quoted(word.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
      }
      return line.toString();
    }
  }

  /** Forms of commands that are not bound are passed over. */
  private static final String[] FORMS = {
    // strings and counters
    "EXACTLY SET $s $v",
    "EXACTLY SET $s $i",
    "EXACTLY SET $s $v [ ( NX | XX ) ] [ GET ] [ ( EXAT $t | PXAT $p | KEEPTTL ) ]",
    "EXACTLY GET $s",
    "EXACTLY GETSET $s $v",
    "EXACTLY GETDEL $s",
    "EXACTLY GETEX $s [ ( EXAT $t | PXAT $p | PERSIST ) ]",
    "EXACTLY SETNX $s $v",
    "EXACTLY STRLEN $s",
    "EXACTLY APPEND $s $v",
    "EXACTLY SETRANGE $s $o $v",
    "EXACTLY ( GETRANGE | SUBSTR ) $s $r $r",
    "EXACTLY MGET ( $k )+",
    "EXACTLY ( MSET | MSETNX ) ( $s $v )+",
    "EXACTLY ( INCR | DECR ) $s",
    "EXACTLY ( INCRBY | DECRBY ) $s $i",
    "EXACTLY INCRBYFLOAT $s $f",
    "EXACTLY LCS $s $s [ LEN ] [ IDX ] [ MINMATCHLEN $n ] [ WITHMATCHLEN ]",
    // bits
    "EXACTLY SETBIT $s $o ( 0 | 1 )",
    "EXACTLY GETBIT $s $o",
    "EXACTLY BITCOUNT $s [ $r $r [ ( BYTE | BIT ) ] ]",
    "EXACTLY BITPOS $s ( 0 | 1 ) [ $r [ $r [ ( BYTE | BIT ) ] ] ]",
    "EXACTLY BITOP ( AND | OR | XOR ) $s ( $s )+",
    "EXACTLY BITOP NOT $s $s",
    "EXACTLY BITFIELD $s ( OVERFLOW ( WRAP | SAT | FAIL ) INCRBY ( u7 | i5 | i33 ) $o $i | SET ( u8 | i64 ) #1 $i )+",
    "EXACTLY BITFIELD_RO $s ( GET ( u8 | i16 | u63 ) $o )+",
    // hashes
    "EXACTLY ( HSET | HMSET ) $h ( $m $v )+",
    "EXACTLY HSET $h ( $m $i )+",
    "EXACTLY HSETNX $h $m $v",
    "EXACTLY ( HGET | HEXISTS | HSTRLEN ) $h $m",
    "EXACTLY ( HMGET | HDEL ) $h ( $m )+",
    "EXACTLY HDEL $h ( $m )+",
    "EXACTLY HLEN $h",
    "PAIRS HGETALL $h",
    "UNORDERED ( HKEYS | HVALS ) $h",
    "EXACTLY HINCRBY $h $m $i",
    "EXACTLY HINCRBYFLOAT $h $m $f",
    "PICKED HRANDFIELD $h [ $n ]",
    "PICKED HRANDFIELD $h $n WITHVALUES",
    "PAGE_OF_PAIRS HSCAN $h 0 [ MATCH $g ] COUNT 1000",
    // sets
    "EXACTLY ( SADD | SREM | SMISMEMBER ) $e ( $m )+",
    "EXACTLY SADD $e ( $m )+",
    "EXACTLY SISMEMBER $e $m",
    "EXACTLY SCARD $e",
    "UNORDERED SMEMBERS $e",
    "EXACTLY SMOVE $e $e $m",
    "TAKEN SPOP $e [ $n ]",
    "PICKED SRANDMEMBER $e [ $n ]",
    "UNORDERED ( SUNION | SINTER | SDIFF ) ( $e )+",
    "EXACTLY ( SUNIONSTORE | SINTERSTORE | SDIFFSTORE ) $e ( $e )+",
    "EXACTLY SINTERCARD 2 $e $e [ LIMIT $n ]",
    "PAGE SSCAN $e 0 [ MATCH $g ] COUNT 1000",
    // sorted sets
    "EXACTLY ZADD $z ( $x $m )+",
    "EXACTLY ( ZADD z2 ( 0 $m )+ | DEL z2 )",
    "EXACTLY ZADD $z [ ( NX | XX ) ] [ ( GT | LT ) ] [ CH ] [ INCR ] ( $x $m )+",
    "EXACTLY ZINCRBY $z $x $m",
    "EXACTLY ( ZSCORE | ZRANK | ZREVRANK ) $z $m",
    "EXACTLY ( ZREM | ZMSCORE ) $z ( $m )+",
    "EXACTLY ZCARD $z",
    "EXACTLY ( ZPOPMIN | ZPOPMAX ) $z [ $n ]",
    "EXACTLY ZMPOP 2 $z $z ( MIN | MAX ) [ COUNT $n ]",
    "EXACTLY ( ZCOUNT | ZREMRANGEBYSCORE ) $z $b $b",
    "BY_LEX ( ZLEXCOUNT | ZREMRANGEBYLEX ) $z $l $l",
    "EXACTLY ( ZREMRANGEBYRANK | ZREVRANGE ) $z $r $r",
    "EXACTLY ZRANGE $z $r $r [ REV ] [ WITHSCORES ]",
    "EXACTLY ZRANGE $z $b $b BYSCORE [ REV ] [ LIMIT $n $n ] [ WITHSCORES ]",
    "BY_LEX ZRANGE $z $l $l BYLEX [ REV ] [ LIMIT $n $n ]",
    "EXACTLY ( ZRANGEBYSCORE | ZREVRANGEBYSCORE ) $z $b $b [ WITHSCORES ] [ LIMIT $n $n ]",
    "BY_LEX ( ZRANGEBYLEX | ZREVRANGEBYLEX ) $z $l $l [ LIMIT $n $n ]",
    "EXACTLY ZRANGESTORE $z $z $b $b BYSCORE [ REV ] [ LIMIT $n $n ]",
    "EXACTLY ZRANGESTORE $z $z $r $r [ REV ]",
    "EXACTLY ( ZUNION | ZINTER ) 2 $z ( $z | $e ) [ WEIGHTS $f $f ] [ AGGREGATE ( SUM | MIN | MAX ) ] [ WITHSCORES ]",
    "EXACTLY ( ZUNIONSTORE | ZINTERSTORE ) $z 2 $z ( $z | $e ) [ WEIGHTS $f $f ] [ AGGREGATE ( SUM | MIN | MAX ) ]",
    "EXACTLY ZDIFF 2 $z $z [ WITHSCORES ]",
    "EXACTLY ZDIFFSTORE $z 2 $z $z",
    "EXACTLY ZINTERCARD 2 $z $z [ LIMIT $n ]",
    "PICKED ZRANDMEMBER $z [ $n ]",
    "PICKED ZRANDMEMBER $z $n WITHSCORES",
    "PAGE_OF_PAIRS ZSCAN $z 0 [ MATCH $g ] COUNT 1000",
    // lists
    "EXACTLY ( LPUSH | RPUSH ) $q ( $m )+",
    "EXACTLY ( LPUSHX | RPUSHX ) $q ( $m )+",
    "EXACTLY ( LPOP | RPOP ) $q [ $n ]",
    "EXACTLY LLEN $q",
    "EXACTLY LRANGE $q $r $r",
    "EXACTLY LINDEX $q $r",
    "EXACTLY LSET $q $r $v",
    "EXACTLY LINSERT $q ( BEFORE | AFTER ) $m $v",
    "EXACTLY LREM $q $r $m",
    "EXACTLY LTRIM $q $r $r",
    "EXACTLY LPOS $q $m [ RANK $r ] [ COUNT $n ] [ MAXLEN $n ]",
    "EXACTLY LMOVE $q $q ( LEFT | RIGHT ) ( LEFT | RIGHT )",
    "EXACTLY RPOPLPUSH $q $q",
    "EXACTLY LMPOP 2 $q $q ( LEFT | RIGHT ) [ COUNT $n ]",
    // keys of any type
    "EXACTLY ( DEL | UNLINK ) ( $k )+",
    "EXACTLY ( EXISTS | TOUCH ) ( $k )+",
    "EXACTLY TYPE $k",
    "EXACTLY ( RENAME | RENAMENX ) $k $k",
    "EXACTLY COPY $k $k [ REPLACE ]",
    "EXACTLY EXPIREAT $k $t [ ( NX | XX | GT | LT ) ]",
    "EXACTLY PEXPIREAT $k $p [ ( NX | XX | GT | LT ) ]",
    "EXACTLY PERSIST $k",
    "EXACTLY ( EXPIRETIME | PEXPIRETIME ) $k",
    "TIME_LEFT ( TTL | PTTL ) $k",
  };

  private static final String NONSENSE_WORDS = "  abc  -1  0  9223372036854775807  -9223372036854775808  1e400  nan  "
      + "inf  3.0  1.5  0x10  +5  012  $  (  [  18446744073709551616  LIMIT  WITHSCORES  COUNT";
  private static final String[] NONSENSE = NONSENSE_WORDS.split("  ");

  /** One word in so many is nonsense; one command in so many has a word too many or too few; one key another type. */
  private static final int NONSENSE_ONE_IN = 30;
  private static final int TORN_ONE_IN = 50;
  private static final int OTHER_TYPE_ONE_IN = 12;

  private static final String TYPES_OF_KEYS = "shezq";
  private static final int KEYS_OF_A_TYPE = 3;

  private final Random random;
  private final List<String[]> forms = new ArrayList<>();
  private String[] form;
  private int at;

  CommandForms(Random random, CommandTable<KeyCommand> table) {
    this.random = random;
    for (String line : FORMS) {
      String[] words = line.split(" ");
      String name = words[1].equals("(") ? words[2] : words[1];
      CommandSpec<KeyCommand> spec = table.lookup(name);
      if (spec == null) {
        throw new IllegalArgumentException("no such command: " + line);
      }
      if (spec.implemented()) {
        forms.add(words);
      }
    }
  }

  /** All keys that commands speak of. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (char type : TYPES_OF_KEYS.toCharArray()) {
      for (int i = 0; i < KEYS_OF_A_TYPE; i++) {
        keys.add("" + type + i);
      }
    }
    return keys;
  }

  Call next() {
    form = forms.get(random.nextInt(forms.size()));
    at = 1;
    List<String> words = new ArrayList<>();
    sequence(words, true);
    if (random.nextInt(TORN_ONE_IN) == 0) {
      if (random.nextBoolean() && words.size() > 1) {
        words.remove(words.size() - 1);
      } else {
        words.add(NONSENSE[random.nextInt(NONSENSE.length)]);
      }
    }
    return new Call(Compared.valueOf(form[0]), words);
  }

  /** Reads to the end or to what closes a group; makes words of it if {@code said}. */
  private void sequence(List<String> words, boolean said) {
    while (at < form.length && !form[at].equals("]") && !form[at].startsWith(")") && !form[at].equals("|")) {
      String token = form[at++];
      switch (token) {
        case "[" -> {
          sequence(words, said && random.nextBoolean());
          at++;
        }
        case "(" -> group(words, said);
        default -> {
          if (said) {
            words.add(token.startsWith("$") ? word(token.charAt(1)) : token);
          }
        }
      }
    }
  }

  private void group(List<String> words, boolean said) {
    int from = at;
    List<Integer> alternatives = new ArrayList<>();
    while (alternatives.isEmpty() || form[at].equals("|")) {
      at += alternatives.isEmpty() ? 0 : 1;
      alternatives.add(at);
      sequence(words, false);
    }
    int end = at + 1;
    int times = form[at].equals(")+") ? 1 + random.nextInt(3) : 1;
    for (int i = 0; said && i < times; i++) {
      at = alternatives.get(random.nextInt(alternatives.size()));
      sequence(words, true);
    }
    if (end <= from) {
      throw new IllegalArgumentException(String.join(" ", form));
    }
    at = end;
  }

  private String word(char sort) {
    if (TYPES_OF_KEYS.indexOf(sort) >= 0 || sort == 'k') {
      boolean any = sort == 'k' || random.nextInt(OTHER_TYPE_ONE_IN) == 0;
      char type = any ? TYPES_OF_KEYS.charAt(random.nextInt(TYPES_OF_KEYS.length())) : sort;
      return "" + type + random.nextInt(KEYS_OF_A_TYPE);
    }
    if (random.nextInt(NONSENSE_ONE_IN) == 0) {
      return NONSENSE[random.nextInt(NONSENSE.length)];
    }
    return switch (sort) {
      case 'v' ->
          one("", "a", "ab", "hello world", "12", "-7", "3.25", "\u0000\u00ff\r\n", "x".repeat(random.nextInt(70)),
              Integer.toString(random.nextInt()).repeat(30 + random.nextInt(30)));
      case 'i' ->
          one("0", "1", "-1", "17", "-300", Integer.toString(random.nextInt()), Long.toString(random.nextLong()),
              "9223372036854775800", "-9223372036854775800");
      case 'f' ->
          one("0", "1", "-1.5", "0.1", "3e2", "-2.5e-3", "1000000", Double.toString(random.nextInt(10000) / 100.0));
      case 'm' -> one("a", "b", "c", "d", "e", "1", "2", "10", "bb");
      case 'x' -> one("0", "1", "1", "2", "-3", "2.5", "1e3", "inf", "-inf", Integer.toString(random.nextInt(20)));
      case 'n' -> one("0", "1", "2", "3", "5", "20", "-3");
      case 'o' -> one("0", "1", "3", "8", "15", "40", "100", "450", "700");
      case 'r' -> one("0", "1", "2", "4", "10", "-1", "-2", "-4", "-100", "440", "500", "-60");
      case 'b' -> one("-inf", "+inf", "0", "(1", "1", "2", "(2.5", "1000", "-3");
      case 'l' -> one("-", "+", "[a", "(b", "[bb", "(d", "[1");
      case 'g' -> one("*", "?", "[ab]*", "[^a]", "*b", "\\a", "[1-2]?", "");
      case 't' -> one("1", "4000000000", "4100000000", "4200000000", "4000000000");
      case 'p' -> one("1", "4000000000500", "4100000000000", "4200000000999");
      default -> throw new IllegalArgumentException("no words of sort $" + sort);
    };
  }

  private String one(String... words) {
    return words[random.nextInt(words.length)];
  }
}
