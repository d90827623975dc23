package dev.candlewick.connectors.format.preset;

import dev.candlewick.connectors.format.JsonNames;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.util.Map;

/**
 * Decodes {@code match} and {@code last_match} of Coinbase Exchange (channels {@code matches} and {@code full}) and the
 * channel {@code market_trades} of Coinbase Advanced Trade, whose messages hold several trades.
 *
 * <p>Form and meaning: the pages "Exchange WebSocket Channels" and "Advanced Trade WebSocket Channels" on
 * docs.cdp.coinbase.com. {@code side} is the side of the <em>maker</em>, so the aggressor is the other one; {@code
 * sequence} counts all messages of a product, not its trades; {@code time} is a date with up to nine decimals of a second.
 *
 * <p>Filtered are other values of {@code type} and {@code channel}.
 */
final class CoinbaseDecoder extends PresetDecoder {
    private static final int TRADE_ID = 0;
    private static final int SEQUENCE = 1;
    private static final int TIME = 2;
    private static final int PRODUCT = 3;
    private static final int PRICE = 4;
    private static final int SIZE = 5;
    private static final int SIDE = 6;
    private static final int TRADE_SLOTS = 7;
    private static final int TYPE = 16;
    private static final int CHANNEL = 17;
    private static final int EVENTS = 18;
    private static final int TRADES = 19;
    private static final JsonNames TOP = new JsonNames(Map.of(
            "trade_id", TRADE_ID,
            "sequence", SEQUENCE,
            "time", TIME,
            "product_id", PRODUCT,
            "price", PRICE,
            "size", SIZE,
            "side", SIDE,
            "type", TYPE,
            "channel", CHANNEL,
            "events", EVENTS));
    private static final JsonNames EVENT = new JsonNames(Map.of("trades", TRADES));
    private static final JsonNames TRADE = new JsonNames(Map.of(
            "trade_id", TRADE_ID,
            "time", TIME,
            "product_id", PRODUCT,
            "price", PRICE,
            "size", SIZE,
            "side", SIDE));

    CoinbaseDecoder(TradeValidator validator, String venue) {
        super(validator, venue);
    }

    @Override
    protected boolean isOtherTypeByHead(byte[] buffer, int offset, int length) {
        String name = head(buffer, offset, length, "type", "channel");
        if (name == null || !hasHeadValue()) {
            return false;
        }
        return name.equals("type")
                ? !isHeadValue(buffer, "match") && !isHeadExactly(buffer, "last_match")
                : !isHeadExactly(buffer, "market_trades");
    }

    @Override
    boolean message() {
        if (position == end || data[position] != '{') {
            return fail("JSON must be one object, was something else");
        }
        if (!object(TOP, 1)) {
            return false;
        }
        if (isMatch()) {
            trade();
        }
        return true;
    }

    private boolean isMatch() {
        return isText(TYPE, "match") || isExactly(TYPE, "last_match");
    }

    @Override
    boolean container(int slot, int depth) {
        if (data[position] == '[' && slot == EVENTS && depth == 1) {
            return array(depth + 1, this::event);
        }
        if (data[position] == '[' && slot == TRADES) {
            return tradeArray(depth + 1, this::element);
        }
        return skipValue(depth);
    }

    private boolean event(int depth) {
        if (data[position] != '{') {
            shape("coinbase event must be an object, was something else");
            return skipValue(depth);
        }
        return object(EVENT, depth + 1);
    }

    private boolean element(int depth) {
        if (data[position] != '{') {
            shape("coinbase trade must be an object, was something else");
            return skipValue(depth);
        }
        clear(0, TRADE_SLOTS);
        if (!object(TRADE, depth + 1)) {
            return false;
        }
        trade();
        return true;
    }

    private void trade() {
        if (newTrade() == null) {
            return;
        }
        set(TradeField.SYMBOL, PRODUCT);
        set(TradeField.TRADE_ID, TRADE_ID);
        set(TradeField.SEQUENCE, SEQUENCE);
        set(TradeField.PRICE, PRICE);
        set(TradeField.SIZE, SIZE);
        setTime(TIME, TimeForm.ISO);
        if (isText(SIDE, "buy")) {
            setSide(false);
        } else if (isText(SIDE, "sell")) {
            setSide(true);
        } else if (kind(SIDE) != ABSENT && kind(SIDE) != NULL) {
            problem(TradeField.SIDE, "buy or sell", SIDE);
        }
    }

    @Override
    boolean isOther() {
        if (kind(TYPE) == TEXT) {
            return !isMatch();
        }
        if (kind(CHANNEL) == TEXT) {
            if (!isExactly(CHANNEL, "market_trades")) {
                return true;
            }
            if (kind(EVENTS) != NESTED) {
                shape("coinbase market_trades must have events, was without");
            }
            return false;
        }
        shape("coinbase message must name its type or channel, was without");
        return false;
    }
}
