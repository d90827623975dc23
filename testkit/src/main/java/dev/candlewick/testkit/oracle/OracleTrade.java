package dev.candlewick.testkit.oracle;

import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One trade record as it was read, with its place in its first log and its read position.
 *
 * <p>Prices and sizes keep the scale of their text ("1.50" stays "1.50"): the oracle compares them by value, and the
 * writers of test input want the text. Absent texts are {@code null} and never empty, because CSV cannot tell the two
 * apart.
 *
 * @param venue the venue, unchanged
 * @param symbol the symbol, unchanged
 * @param id the trade id, or null
 * @param eventTimeNanos exchange time, nanoseconds since 1970 UTC
 * @param receiveTimeNanos the receiver's clock, nanoseconds since 1970 UTC, or null
 * @param price the price, of any sign (a price that is not positive gets a verdict, not an exception)
 * @param size the size, of any sign
 * @param side the aggressor, or null
 * @param conditions sale conditions, or null
 * @param sequence the feed's sequence number, or null
 * @param placePartition partition of the trade's first log
 * @param placePosition position in the trade's first log
 * @param readPartition partition that this run reads the record from
 * @param readPosition position that this run reads the record at; ascending within a read partition
 */
public record OracleTrade(
        String venue,
        String symbol,
        @Nullable String id,
        long eventTimeNanos,
        @Nullable Long receiveTimeNanos,
        BigDecimal price,
        BigDecimal size,
        @Nullable String side,
        @Nullable String conditions,
        @Nullable Long sequence,
        int placePartition,
        long placePosition,
        int readPartition,
        long readPosition) {

    /**
     * Checks that no text is empty.
     *
     * @throws IllegalArgumentException if a text is empty
     */
    public OracleTrade {
        Objects.requireNonNull(price, "price");
        Objects.requireNonNull(size, "size");
        requireText("venue", venue);
        requireText("symbol", symbol);
        requireText("id", id);
        requireText("side", side);
        requireText("conditions", conditions);
    }

    /** Returns this trade with another place in its first log. */
    public OracleTrade withPlace(int partition, long position) {
        return new OracleTrade(
                venue,
                symbol,
                id,
                eventTimeNanos,
                receiveTimeNanos,
                price,
                size,
                side,
                conditions,
                sequence,
                partition,
                position,
                readPartition,
                readPosition);
    }

    /** Returns this trade as read from another place of this run's input. */
    public OracleTrade withReadPosition(int partition, long position) {
        return new OracleTrade(
                venue,
                symbol,
                id,
                eventTimeNanos,
                receiveTimeNanos,
                price,
                size,
                side,
                conditions,
                sequence,
                placePartition,
                placePosition,
                partition,
                position);
    }

    private static void requireText(String name, @Nullable String text) {
        if (text != null && text.isEmpty()) {
            throw new IllegalArgumentException(name + " must not be empty, was \"\" (an absent " + name + " is null)");
        }
    }
}
