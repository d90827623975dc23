package dev.candlewick.core.validate;

import java.util.Locale;

/** The fields of a trade message, in the order in which messages name them first; names are those of the formats. */
public enum TradeField {
    /** Position of the trade in its first log. */
    ROW,
    /** When the recorder received it, nanoseconds since the epoch. */
    RECV_TIME_NS,
    /** When the venue says it happened, nanoseconds since the epoch; required. */
    EVENT_TIME_NS,
    /** The venue; required. */
    VENUE,
    /** The symbol, unchanged; required. */
    SYMBOL,
    /** The venue's trade id, as text. */
    TRADE_ID,
    /** The price as decimal text; required. */
    PRICE,
    /** The size as decimal text; required. */
    SIZE,
    /** The aggressor. */
    SIDE,
    /** Sale conditions. */
    CONDITIONS,
    /** Flags of the input. */
    FLAGS,
    /** The feed's sequence number. */
    SEQUENCE;

    /** How many fields there are. */
    public static final int COUNT = 12;

    private final String columnName = name().toLowerCase(Locale.ROOT);

    /** The name in CSV headers and JSON objects, as {@code event_time_ns}. */
    public String columnName() {
        return columnName;
    }
}
