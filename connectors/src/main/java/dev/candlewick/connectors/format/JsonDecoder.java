package dev.candlewick.connectors.format;

import dev.candlewick.core.parse.DecimalParser;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Decodes one JSON object (RFC 8259) with the canonical names.
 *
 * <p>Every field may be a string or a number, read digit by digit as it was written; {@code null} and {@code ""} are
 * absent; names that are not known are ignored but must be well formed. Unparsable are: anything but one object, a byte
 * order mark, invalid UTF-8, half a surrogate pair, a known name given twice, more than {@value #DEPTH_MAX} levels,
 * numbers of more than {@value dev.candlewick.core.parse.DecimalParser#LENGTH_MAX} characters.
 *
 * <p>Filtered is an object that says it is of another type: it has a {@code type} other than {@code trade} or
 * {@code trades}, or an {@code event} or {@code channel} from a closed list (orders, quotes, books, heartbeats,
 * subscriptions, status).
 */
public final class JsonDecoder extends TextDecoder {
    /** The deepest nesting of objects and arrays. */
    public static final int DEPTH_MAX = 16;

    private static final long ONES = 0x0101010101010101L;

    private static final Set<String> OTHER_TYPES = Set.of(
            "book",
            "book_update",
            "bookticker",
            "candle",
            "candles",
            "depth",
            "depthupdate",
            "error",
            "heartbeat",
            "heartbeats",
            "hello",
            "info",
            "instrument",
            "kline",
            "l2update",
            "level2",
            "level3",
            "ohlc",
            "order",
            "order_book",
            "orderbook",
            "orders",
            "ping",
            "pong",
            "quote",
            "quotes",
            "snapshot",
            "status",
            "subscribe",
            "subscribed",
            "subscription",
            "subscriptions",
            "subscriptionstatus",
            "systemstatus",
            "ticker",
            "unsubscribe",
            "unsubscribed");

    private final JsonNames names;
    private boolean otherType;
    private int sliceFrom;
    private int sliceLength;

    /** A decoder of the canonical names. */
    public JsonDecoder(TradeValidator validator) {
        this(validator, JsonNames.CANONICAL);
    }

    /** A decoder by other names for the same fields. */
    JsonDecoder(TradeValidator validator, JsonNames names) {
        super(validator);
        this.names = names;
    }

    @Override
    boolean isOtherType() {
        return otherType;
    }

    @Override
    boolean scan() {
        otherType = false;
        skipWhitespace();
        if (position == end || data[position] != '{') {
            return fail("JSON must be one object, was something else");
        }
        position++;
        skipWhitespace();
        if (position < end && data[position] == '}') {
            position++;
        } else if (!members()) {
            return false;
        }
        skipWhitespace();
        return position == end || fail("JSON must end behind one object, was followed by more");
    }

    private boolean members() {
        int seen = 0;
        while (true) {
            skipWhitespace();
            if (position == end || data[position] != '"') {
                return fail("JSON name must begin with a quote, was " + describePosition());
            }
            if (!string()) {
                return false;
            }
            int name = names.find(data, sliceFrom, sliceLength);
            if (!colon()) {
                return false;
            }
            if (name == JsonNames.UNKNOWN) {
                if (!skipValue(1)) {
                    return false;
                }
            } else {
                int bit = 1 << name;
                if ((seen & bit) != 0) {
                    return fail("JSON must give each name once, was given twice: " + names.describe(name));
                }
                seen |= bit;
                if (!(name < TradeField.COUNT ? field(FIELDS[name]) : type(name))) {
                    return false;
                }
            }
            skipWhitespace();
            if (position == end) {
                return fail("JSON must be complete, was cut off");
            }
            byte b = data[position++];
            if (b == '}') {
                return true;
            }
            if (b != ',') {
                position--;
                return fail("JSON members must be separated by a comma, was " + describePosition());
            }
        }
    }

    private boolean field(TradeField field) {
        if (position == end) {
            return fail("JSON must be complete, was cut off");
        }
        byte b = data[position];
        if (b == '"') {
            if (!string()) {
                return false;
            }
        } else if (b == '-' || (b >= '0' && b <= '9')) {
            if (!number()) {
                return false;
            }
        } else if (b == 'n') {
            return literal("null");
        } else {
            return fail(field.columnName() + " must be a string or a number, was " + describePosition());
        }
        raw.setText(field, sliceFrom, sliceLength);
        return true;
    }

    private boolean type(int name) {
        if (position < end && data[position] == '"') {
            if (!string()) {
                return false;
            }
            if (sliceLength == 0) {
                return true;
            }
            if (name == JsonNames.TYPE) {
                otherType |= !isTrade();
            } else if (sliceLength <= 32) {
                otherType |= OTHER_TYPES.contains(
                        new String(data, sliceFrom, sliceLength, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT));
            }
            return true;
        }
        boolean absent = position < end && data[position] == 'n';
        if (!skipValue(1)) {
            return false;
        }
        otherType |= name == JsonNames.TYPE && !absent;
        return true;
    }

    /** Whether the slice is {@code trade} or {@code trades} in any case. */
    private boolean isTrade() {
        String word = "trades";
        if (sliceLength != 5 && sliceLength != 6) {
            return false;
        }
        for (int i = 0; i < sliceLength; i++) {
            if ((data[sliceFrom + i] | 0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean skipValue(int depth) {
        if (position == end) {
            return fail("JSON must be complete, was cut off");
        }
        switch (data[position]) {
            case '"':
                return string();
            case 't':
                return literal("true");
            case 'f':
                return literal("false");
            case 'n':
                return literal("null");
            case '{':
            case '[':
                return skipContainer(depth + 1);
            default:
                return number();
        }
    }

    private boolean skipContainer(int depth) {
        if (depth > DEPTH_MAX) {
            return fail("JSON must have at most " + DEPTH_MAX + " levels, was deeper");
        }
        boolean object = data[position++] == '{';
        byte close = (byte) (object ? '}' : ']');
        skipWhitespace();
        if (position < end && data[position] == close) {
            position++;
            return true;
        }
        while (true) {
            skipWhitespace();
            if (object) {
                if (position == end || data[position] != '"') {
                    return fail("JSON name must begin with a quote, was " + describePosition());
                }
                if (!string() || !colon()) {
                    return false;
                }
            }
            if (!skipValue(depth)) {
                return false;
            }
            skipWhitespace();
            if (position == end) {
                return fail("JSON must be complete, was cut off");
            }
            byte b = data[position++];
            if (b == close) {
                return true;
            }
            if (b != ',') {
                position--;
                return fail("JSON values must be separated by a comma, was " + describePosition());
            }
        }
    }

    private boolean colon() {
        skipWhitespace();
        if (position == end || data[position] != ':') {
            return fail("JSON name must be followed by a colon, was " + describePosition());
        }
        position++;
        skipWhitespace();
        return true;
    }

    private void skipWhitespace() {
        int at = position;
        while (at < end) {
            byte b = data[at];
            if (b > ' ' || (b != ' ' && b != '\n' && b != '\r' && b != '\t')) {
                break;
            }
            at++;
        }
        position = at;
    }

    private boolean literal(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (position == end || data[position] != word.charAt(i)) {
                return fail("JSON value must be a JSON value, was " + describePosition());
            }
            position++;
        }
        return true;
    }

    /** Reads a number by the grammar of RFC 8259 into the slice. */
    private boolean number() {
        int from = position;
        int at = position;
        if (at < end && data[at] == '-') {
            at++;
        }
        int whole = at;
        at = digits(at);
        boolean valid = at > whole && (data[whole] != '0' || at == whole + 1);
        if (valid && at < end && data[at] == '.') {
            int fraction = ++at;
            at = digits(at);
            valid = at > fraction;
        }
        if (valid && at < end && (data[at] | 0x20) == 'e') {
            at++;
            if (at < end && (data[at] == '+' || data[at] == '-')) {
                at++;
            }
            int exponent = at;
            at = digits(at);
            valid = at > exponent;
        }
        position = at;
        if (!valid) {
            return fail("JSON value must be a JSON value, was " + describePosition());
        }
        sliceFrom = from;
        sliceLength = at - from;
        return sliceLength <= DecimalParser.LENGTH_MAX
                || fail("JSON number must have at most " + DecimalParser.LENGTH_MAX + " characters, was "
                        + sliceLength);
    }

    private int digits(int at) {
        while (at < end && data[at] >= '0' && data[at] <= '9') {
            at++;
        }
        return at;
    }

    /** Reads a string from its opening quote on into the slice, unescaped. */
    private boolean string() {
        byte[] bytes = data;
        int from = position + 1;
        int at = from;
        int last = end;
        while (at <= last - 8) {
            long word = (long) BinaryLayout.LONG.get(bytes, at);
            long stops = stops(word);
            if (stops != 0) {
                at += Long.numberOfTrailingZeros(stops) >> 3;
                break;
            }
            at += 8;
        }
        while (at < last) {
            byte b = bytes[at];
            if (b == '"') {
                sliceFrom = from;
                sliceLength = at - from;
                position = at + 1;
                return true;
            }
            if (b == '\\') {
                position = at;
                return escapedString(from);
            }
            if (b >= 0 && b < ' ') {
                position = at;
                return fail("JSON string must have its control characters escaped, was " + describePosition());
            }
            at++;
        }
        return fail("JSON must be complete, was cut off in a string");
    }

    /** The high bit of each byte that is a quote, a backslash or a control character; the lowest one set is exact. */
    private static long stops(long word) {
        long quote = word ^ ONES * '"';
        long backslash = word ^ ONES * '\\';
        return ((quote - ONES & ~quote) | (backslash - ONES & ~backslash) | (word - ONES * ' ' & ~word)) & ONES << 7;
    }

    private boolean escapedString(int from) {
        int before = position;
        useScratch();
        int start = from + position - before;
        int write = position;
        while (position < end) {
            byte b = data[position++];
            if (b == '"') {
                sliceFrom = start;
                sliceLength = write - start;
                return true;
            }
            if (b >= 0 && b < ' ') {
                position--;
                return fail("JSON string must have its control characters escaped, was " + describePosition());
            }
            if (b != '\\') {
                data[write++] = b;
                continue;
            }
            if (position == end) {
                break;
            }
            byte escape = data[position++];
            switch (escape) {
                case '"', '\\', '/' -> data[write++] = escape;
                case 'b' -> data[write++] = '\b';
                case 'f' -> data[write++] = '\f';
                case 'n' -> data[write++] = '\n';
                case 'r' -> data[write++] = '\r';
                case 't' -> data[write++] = '\t';
                case 'u' -> {
                    int point = hex();
                    if (point >= 0xd800 && point <= 0xdbff) {
                        boolean paired = position + 1 < end && data[position] == '\\' && data[position + 1] == 'u';
                        position += paired ? 2 : 0;
                        int low = paired ? hex() : -1;
                        point = low >= 0xdc00 && low <= 0xdfff ? Character.toCodePoint((char) point, (char) low) : -1;
                    } else if (point >= 0xdc00 && point <= 0xdfff) {
                        point = -1;
                    }
                    if (point < 0) {
                        return fail("JSON escape must be four hexadecimal digits of a whole character, was not");
                    }
                    write = putUtf8(point, write);
                }
                default -> {
                    return fail("JSON escape must be one of \"\\/bfnrtu, was another");
                }
            }
        }
        return fail("JSON must be complete, was cut off in a string");
    }

    private int hex() {
        if (end - position < 4) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            byte b = data[position++];
            int digit = b >= '0' && b <= '9'
                    ? b - '0'
                    : (b | 0x20) >= 'a' && (b | 0x20) <= 'f' && b > 0 ? (b | 0x20) - 'a' + 10 : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private int putUtf8(int point, int write) {
        if (point < 0x80) {
            data[write++] = (byte) point;
        } else if (point < 0x800) {
            data[write++] = (byte) (0xc0 | point >> 6);
            data[write++] = (byte) (0x80 | point & 0x3f);
        } else if (point < 0x10000) {
            data[write++] = (byte) (0xe0 | point >> 12);
            data[write++] = (byte) (0x80 | point >> 6 & 0x3f);
            data[write++] = (byte) (0x80 | point & 0x3f);
        } else {
            data[write++] = (byte) (0xf0 | point >> 18);
            data[write++] = (byte) (0x80 | point >> 12 & 0x3f);
            data[write++] = (byte) (0x80 | point >> 6 & 0x3f);
            data[write++] = (byte) (0x80 | point & 0x3f);
        }
        return write;
    }

    private String describePosition() {
        if (position >= end) {
            return "the end of the message";
        }
        int b = data[position] & 0xff;
        return b > 0x20 && b < 0x7f ? "'" + (char) b + "'" : "byte 0x" + Integer.toHexString(b);
    }
}
