package dev.candlewick.connectors.format;

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
 * subscriptions, status). Where {@code type} is the first member, nothing behind it is read.
 */
public final class JsonDecoder extends JsonReader {
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

    /** A decoder of the canonical names. */
    public JsonDecoder(TradeValidator validator) {
        this(validator, JsonNames.CANONICAL);
    }

    /** A decoder by other names for the same fields. */
    JsonDecoder(TradeValidator validator, JsonNames names) {
        super(validator);
        this.names = names;
    }

    /** A first member {@code type} that names another type decides, whatever stands behind it. */
    @Override
    protected boolean isOtherTypeByHead(byte[] buffer, int offset, int length) {
        return head(buffer, offset, length, "type") != null
                && hasHeadValue()
                && !isHeadValue(buffer, "trade")
                && !isHeadValue(buffer, "trades");
    }

    @Override
    protected boolean isOtherType() {
        return otherType;
    }

    @Override
    protected boolean scan() {
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
        return isWord(data, sliceFrom, sliceLength, "trade") || isWord(data, sliceFrom, sliceLength, "trades");
    }
}
