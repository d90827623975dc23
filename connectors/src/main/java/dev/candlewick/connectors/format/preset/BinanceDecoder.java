package dev.candlewick.connectors.format.preset;

import dev.candlewick.connectors.format.JsonNames;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.util.Map;

/**
 * Decodes the events {@code trade} and {@code aggTrade} of Binance, raw or inside {@code {"stream":…,"data":{…}}} of a
 * combined stream.
 *
 * <p>Form and meaning: the page "Web Socket Streams for Binance" in the repository binance/binance-spot-api-docs. Trade
 * time {@code T} is in milliseconds, or in microseconds where the stream was asked for them (16 digits); {@code m} says
 * that the buyer was the maker, so the aggressor sold; {@code E} is when Binance sent the message, and is not read. Ids
 * are {@code t} of trades and {@code a} of aggregates: a topic should hold one of the two, or volume counts twice.
 *
 * <p>Filtered are other events, streams of other names, answers to requests, and the messages without an event that begin
 * with {@code u} or {@code lastUpdateId} (best prices, partial books).
 */
final class BinanceDecoder extends PresetDecoder {
    private static final int EVENT = 0;
    private static final int SYMBOL = 1;
    private static final int TRADE_ID = 2;
    private static final int AGGREGATE_ID = 3;
    private static final int PRICE = 4;
    private static final int SIZE = 5;
    private static final int TIME = 6;
    private static final int BUYER_IS_MAKER = 7;
    private static final int DATA = 8;
    private static final JsonNames NAMES = new JsonNames(Map.of(
            "e", EVENT,
            "s", SYMBOL,
            "t", TRADE_ID,
            "a", AGGREGATE_ID,
            "p", PRICE,
            "q", SIZE,
            "T", TIME,
            "m", BUYER_IS_MAKER));
    private static final JsonNames ALL = new JsonNames(Map.of(
            "e", EVENT,
            "s", SYMBOL,
            "t", TRADE_ID,
            "a", AGGREGATE_ID,
            "p", PRICE,
            "q", SIZE,
            "T", TIME,
            "m", BUYER_IS_MAKER,
            "data", DATA));

    BinanceDecoder(TradeValidator validator, String venue) {
        super(validator, venue);
    }

    @Override
    protected boolean isOtherTypeByHead(byte[] buffer, int offset, int length) {
        String name = head(buffer, offset, length, "e", "stream", "u", "lastUpdateId", "result", "error", "id", "code");
        if (name == null) {
            return false;
        }
        return switch (name) {
            case "e" -> hasHeadValue() && !isHeadValue(buffer, "trade") && !isHeadValue(buffer, "aggtrade");
            case "stream" ->
                hasHeadValue() && !headValueEndsWith(buffer, "@trade") && !headValueEndsWith(buffer, "@aggTrade");
            default -> true;
        };
    }

    @Override
    boolean message() {
        if (position == end || data[position] != '{') {
            return fail("JSON must be one object, was something else");
        }
        if (!object(ALL, 1)) {
            return false;
        }
        boolean aggregate = isText(EVENT, "aggtrade");
        if (aggregate || isText(EVENT, "trade")) {
            newTrade();
            set(TradeField.SYMBOL, SYMBOL);
            set(TradeField.TRADE_ID, aggregate ? AGGREGATE_ID : TRADE_ID);
            set(TradeField.PRICE, PRICE);
            set(TradeField.SIZE, SIZE);
            setTime(TIME, TimeForm.MILLIS);
            switch (kind(BUYER_IS_MAKER)) {
                case TRUE -> setSide(false);
                case FALSE -> setSide(true);
                case ABSENT, NULL -> {
                    // Nobody said who was the aggressor.
                }
                default -> problem(TradeField.SIDE, "true or false (m)", BUYER_IS_MAKER);
            }
        }
        return true;
    }

    @Override
    boolean container(int slot, int depth) {
        return slot == DATA && depth == 1 && data[position] == '{' ? object(NAMES, depth + 1) : skipValue(depth);
    }

    @Override
    boolean isOther() {
        if (kind(EVENT) == TEXT) {
            return !isText(EVENT, "trade") && !isText(EVENT, "aggtrade");
        }
        shape("binance message must name its event in e, was without");
        return false;
    }
}
