package dev.candlewick.connectors.format.preset;

import dev.candlewick.connectors.format.JsonNames;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.util.Map;

/**
 * Decodes the channel {@code trade} of Kraken's web socket: version 2, an object with {@code data}, and version 1, an array
 * {@code [id, trades, "trade", pair]}. One message holds any number of trades.
 *
 * <p>Form and meaning: the pages "Trade" of websocket-v2 and websocket-v1 on docs.kraken.com. Sides are those of the taker;
 * version 2 has ids, which count up by one in each book, and dates; version 1 has no ids, and seconds as decimal text. A
 * snapshot (the last 50 trades after a subscription) is read like an update: its trades have the ids of those before.
 *
 * <p>Filtered are other channels, {@code method}, {@code event}, {@code result}, {@code error}, and a message without any
 * trade. The channel of version 1 stands at its end, so such a message is read in full.
 */
final class KrakenDecoder extends PresetDecoder {
    private static final int SYMBOL = 0;
    private static final int SIDE = 1;
    private static final int PRICE = 2;
    private static final int SIZE = 3;
    private static final int TRADE_ID = 4;
    private static final int TIME = 5;
    private static final int TRADE_SLOTS = 6;
    private static final int CHANNEL = 16;
    private static final int DATA = 17;
    private static final int PAIR = 18;
    private static final int CONTROL = 19;
    /** Where the values of a trade of version 1 stand. */
    private static final int[] POSITIONS = {PRICE, SIZE, TIME, SIDE};

    private static final JsonNames TOP =
            new JsonNames(Map.of("channel", CHANNEL, "data", DATA, "method", CONTROL, "event", CONTROL + 1));
    private static final JsonNames TRADE = new JsonNames(Map.of(
            "symbol", SYMBOL,
            "side", SIDE,
            "price", PRICE,
            "qty", SIZE,
            "trade_id", TRADE_ID,
            "timestamp", TIME));

    private boolean isArray;
    private int valueIndex;
    private int tradeIndex;

    KrakenDecoder(TradeValidator validator, String venue) {
        super(validator, venue);
    }

    @Override
    protected boolean isOtherTypeByHead(byte[] buffer, int offset, int length) {
        String name = head(buffer, offset, length, "channel", "method", "event", "result", "error");
        if (name == null) {
            return false;
        }
        return name.equals("channel") ? hasHeadValue() && !isHeadValue(buffer, "trade") : true;
    }

    @Override
    boolean message() {
        isArray = position < end && data[position] == '[';
        if (isArray) {
            return version1();
        }
        if (position == end || data[position] != '{') {
            return fail("JSON must be one object or array, was something else");
        }
        return object(TOP, 1);
    }

    @Override
    boolean container(int slot, int depth) {
        return slot == DATA && depth == 1 && data[position] == '['
                ? tradeArray(depth + 1, this::element)
                : skipValue(depth);
    }

    private boolean element(int depth) {
        if (data[position] != '{') {
            shape("kraken trade must be an object, was something else");
            return skipValue(depth);
        }
        clear(0, TRADE_SLOTS);
        if (!object(TRADE, depth + 1)) {
            return false;
        }
        if (newTrade() != null) {
            set(TradeField.SYMBOL, SYMBOL);
            set(TradeField.TRADE_ID, TRADE_ID);
            common(TimeForm.ISO);
        }
        return true;
    }

    private void common(TimeForm form) {
        set(TradeField.PRICE, PRICE);
        set(TradeField.SIZE, SIZE);
        setTime(TIME, form);
        if (isText(SIDE, "buy") || isText(SIDE, "b")) {
            setSide(true);
        } else if (isText(SIDE, "sell") || isText(SIDE, "s")) {
            setSide(false);
        } else if (kind(SIDE) != ABSENT && kind(SIDE) != NULL) {
            problem(TradeField.SIDE, "buy or sell", SIDE);
        }
    }

    /** Reads an array: an id, the channel's data, the channel's name and the pair. */
    private boolean version1() {
        valueIndex = 0;
        return array(1, this::valueOfVersion1);
    }

    private boolean valueOfVersion1(int depth) {
        int index = valueIndex++;
        if (index == 1 && data[position] == '[') {
            return tradeArray(depth + 1, this::elementOfVersion1);
        }
        move(PAIR, CHANNEL);
        return value(PAIR, depth);
    }

    private boolean elementOfVersion1(int depth) {
        if (data[position] != '[') {
            shape("kraken trade must be an array, was something else");
            return skipValue(depth);
        }
        clear(0, TRADE_SLOTS);
        tradeIndex = 0;
        if (!array(depth + 1, this::valueOfTrade)) {
            return false;
        }
        if (newTrade() != null) {
            common(TimeForm.SECONDS);
        }
        return true;
    }

    private boolean valueOfTrade(int depth) {
        int index = tradeIndex++;
        return index < POSITIONS.length ? value(POSITIONS[index], depth) : skipValue(depth);
    }

    @Override
    boolean isOther() {
        if (isArray) {
            if (valueIndex < 4 || kind(CHANNEL) != TEXT || kind(PAIR) != TEXT) {
                shape("kraken array must end with a channel and a pair, was without");
                return false;
            }
            setAll(TradeField.SYMBOL, PAIR);
        } else if (kind(CHANNEL) != TEXT) {
            if (kind(CONTROL) == TEXT || kind(CONTROL + 1) == TEXT) {
                return true;
            }
            shape("kraken message must name its channel, was without");
            return false;
        } else if (isText(CHANNEL, "trade") && kind(DATA) != NESTED) {
            shape("kraken trade message must have data, was without");
        }
        return !isText(CHANNEL, "trade");
    }
}
