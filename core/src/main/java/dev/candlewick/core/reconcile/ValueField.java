package dev.candlewick.core.reconcile;

import java.util.List;

/** A field of a published value that decides whether two are equal; the names are those of the columns. */
public enum ValueField {
    /** Price of the first trade. */
    OPEN("open", Unit.PRICE),
    /** Largest price. */
    HIGH("high", Unit.PRICE),
    /** Smallest price. */
    LOW("low", Unit.PRICE),
    /** Price of the last trade. */
    CLOSE("close", Unit.PRICE),
    /** Sum of the sizes. */
    VOLUME("volume", Unit.SIZE),
    /** Sum of price times size. */
    NOTIONAL("notional", Unit.NOTIONAL),
    /** Notional over volume. */
    VWAP("vwap", Unit.PRICE),
    /** Number of accepted trades. */
    TRADES("trades", Unit.COUNT),
    /** Event time of the first trade. */
    FIRST_TRADE("first_trade_ns", Unit.TIME),
    /** Event time of the last trade. */
    LAST_TRADE("last_trade_ns", Unit.TIME),
    /** Order-free sum of the trades' hashes. */
    DIGEST("digest", Unit.HEX),
    /** The set of flags. */
    FLAGS("flags", Unit.FLAGS);

    /** What a field counts in. */
    public enum Unit {
        /** At the scale of prices. */
        PRICE,
        /** At the scale of sizes. */
        SIZE,
        /** At the sum of both scales. */
        NOTIONAL,
        /** A whole number. */
        COUNT,
        /** Nanoseconds since the epoch. */
        TIME,
        /** A digest. */
        HEX,
        /** A set of bits. */
        FLAGS
    }

    private static final List<ValueField> OF_CANDLE = List.of(values());
    private static final List<ValueField> OF_VWAP = List.of(VOLUME, NOTIONAL, VWAP, TRADES);

    private final String column;
    private final Unit unit;

    ValueField(String column, Unit unit) {
        this.column = column;
        this.unit = unit;
    }

    /** The column's name in topics and tables. */
    public String column() {
        return column;
    }

    /** What it counts in. */
    public Unit unit() {
        return unit;
    }

    /** Whether a relative drift makes sense: prices, sizes and counts, not times, digests and flags. */
    public boolean isMagnitude() {
        return unit != Unit.TIME && unit != Unit.HEX && unit != Unit.FLAGS;
    }

    /** The fields of a kind of value. */
    public static List<ValueField> of(ValueKind kind) {
        return kind == ValueKind.CANDLE ? OF_CANDLE : OF_VWAP;
    }

    /** Decimals of the field. */
    public int scale(int priceScale, int sizeScale) {
        return switch (unit) {
            case PRICE -> priceScale;
            case SIZE -> sizeScale;
            case NOTIONAL -> priceScale + sizeScale;
            default -> 0;
        };
    }
}
