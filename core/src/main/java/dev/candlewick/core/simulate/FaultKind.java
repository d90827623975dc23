package dev.candlewick.core.simulate;

import dev.candlewick.core.model.Reason;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of faults that a plan can mix into a market.
 *
 * <p>A fault of class {@link Class#TRADE} befalls a trade of the market; one of class {@link Class#EXTRA} is a message
 * beside the market's, which uses up no trade id; one of class {@link Class#WINDOW} befalls a venue for some seconds.
 */
public enum FaultKind {
    /** The trade comes up to the allowed out-of-orderness behind its neighbours. */
    DISORDER(Class.TRADE, null),
    /** The trade comes when its window is gone. */
    LATE(Class.TRADE, null),
    /** The trade is never sent: its id is missing. */
    GAP(Class.TRADE, null),
    /** The trade's price is 10 % to 90 % off. */
    FAT_FINGER(Class.TRADE, null),

    /** One of the last trades again. */
    DUPLICATE_NEAR(Class.EXTRA, null),
    /** A trade of some seconds ago again. */
    DUPLICATE_FAR(Class.EXTRA, null),
    /** The id of one of the last trades with another price and size. */
    ID_CONFLICT(Class.EXTRA, null),
    /** A price below zero. */
    NEGATIVE_PRICE(Class.EXTRA, Reason.PRICE_NOT_POSITIVE),
    /** A price of zero. */
    ZERO_PRICE(Class.EXTRA, Reason.PRICE_NOT_POSITIVE),
    /** A size below zero. */
    NEGATIVE_SIZE(Class.EXTRA, Reason.SIZE_NOT_POSITIVE),
    /** A price with more decimals than any feed holds. */
    EXCESS_DECIMALS(Class.EXTRA, Reason.PRECISION),
    /** An event time hours to months after the receive time. */
    FUTURE_TIME(Class.EXTRA, Reason.TIME_FUTURE),
    /** An event time before 1990. */
    ANCIENT_TIME(Class.EXTRA, Reason.TIME_RANGE),
    /** Milliseconds in a field of nanoseconds. */
    MILLIS_AS_NANOS(Class.EXTRA, Reason.TIME_RANGE),
    /** No venue, or no symbol. */
    MISSING_FIELD(Class.EXTRA, Reason.MISSING_FIELD),
    /** Bytes that are no message. */
    GARBAGE(Class.EXTRA, Reason.UNPARSABLE),
    /** A word where a number belongs; in binary, a scale that does not exist. */
    WRONG_TYPE(Class.EXTRA, Reason.UNPARSABLE),
    /** A message that was cut off. */
    TRUNCATED(Class.EXTRA, Reason.UNPARSABLE),

    /** No trade of one venue is sent for 12 to 20 s. */
    SILENCE(Class.WINDOW, null),
    /** One venue's clock runs up to 0.8 s behind. */
    CLOCK_SKEW(Class.WINDOW, null);

    /** What a fault befalls. */
    public enum Class {
        /** A trade of the market. */
        TRADE,
        /** Nothing: it is a message of its own. */
        EXTRA,
        /** All trades of a venue for a time. */
        WINDOW
    }

    private final Class faultClass;
    private final @Nullable Reason reason;
    private final String optionName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    FaultKind(Class faultClass, @Nullable Reason reason) {
        this.faultClass = faultClass;
        this.reason = reason;
    }

    /** What it befalls. */
    public Class faultClass() {
        return faultClass;
    }

    /** Why a message with it is rejected, null where it is not. */
    public @Nullable Reason reason() {
        return reason;
    }

    /** Whether it breaks the bytes of a message and not a value. */
    public boolean breaksBytes() {
        return this == GARBAGE || this == WRONG_TYPE || this == TRUNCATED;
    }

    /** The name in options, as {@code fat-finger}. */
    public String optionName() {
        return optionName;
    }
}
