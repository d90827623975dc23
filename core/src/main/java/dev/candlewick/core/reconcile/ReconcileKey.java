package dev.candlewick.core.reconcile;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.time.Interval;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names one published value; immutable and ordered by kind, instrument, interval and time.
 *
 * @param kind candle or VWAP
 * @param venue as published: the venue or {@link Instrument#CONSOLIDATED_VENUE}
 * @param symbol the symbol as the input wrote it
 * @param interval the candle's interval; null for a VWAP
 * @param timeNanos the candle's {@code start_ns}, or the VWAP's {@code at_ns}
 */
public record ReconcileKey(
        ValueKind kind,
        String venue,
        String symbol,
        @Nullable Interval interval,
        long timeNanos) implements Comparable<ReconcileKey> {
    /** How far a VWAP reaches back. */
    public static final long VWAP_NANOS = 300 * Interval.SECOND_NANOS;

    private static final Comparator<ReconcileKey> ORDER = Comparator.comparing(ReconcileKey::kind)
            .thenComparing(ReconcileKey::venue)
            .thenComparing(ReconcileKey::symbol)
            .thenComparingLong(ReconcileKey::intervalNanos)
            .thenComparingLong(ReconcileKey::timeNanos);

    /** Checks that candles, and only they, have an interval. */
    public ReconcileKey {
        if ((kind == ValueKind.CANDLE) != (interval != null)) {
            throw new IllegalArgumentException(
                    "key must have an interval where it names a candle, was " + kind + " with " + interval);
        }
    }

    /** The key of a candle. */
    public static ReconcileKey candle(String venue, String symbol, Interval interval, long startNanos) {
        return new ReconcileKey(ValueKind.CANDLE, venue, symbol, interval, startNanos);
    }

    /** The key of a rolling VWAP. */
    public static ReconcileKey vwap(String venue, String symbol, long atNanos) {
        return new ReconcileKey(ValueKind.VWAP, venue, symbol, null, atNanos);
    }

    private long intervalNanos() {
        return interval == null ? 0 : interval.nanos();
    }

    /** First nanosecond of the trades that the value is made of. */
    public long fromNanos() {
        return interval == null ? timeNanos - VWAP_NANOS : timeNanos;
    }

    /** First nanosecond after the trades that the value is made of. */
    public long toNanos() {
        return interval == null ? timeNanos : timeNanos + interval.nanos();
    }

    /** The interval's name, {@code vwap} for a VWAP: what counts go by. */
    public String group() {
        return interval == null ? "vwap" : interval.name();
    }

    /** Venue and symbol, escaped and joined: the key of the instrument's state. */
    public String instrument() {
        return Instrument.escape(venue) + '|' + Instrument.escape(symbol);
    }

    /** Everything, escaped and joined by {@code |}; unique over kinds and intervals. */
    public String text() {
        return group() + '|' + instrument() + '|' + timeNanos;
    }

    @Override
    public int compareTo(ReconcileKey other) {
        return ORDER.compare(this, other);
    }

    // Intervals are equal by length and name; a key's interval is compared by both, as in topics and paths.
    @Override
    public boolean equals(Object other) {
        return other instanceof ReconcileKey that
                && timeNanos == that.timeNanos
                && kind == that.kind
                && venue.equals(that.venue)
                && symbol.equals(that.symbol)
                && Objects.equals(interval, that.interval);
    }

    @Override
    public int hashCode() {
        return Objects.hash(venue, symbol, intervalNanos(), timeNanos);
    }

    @Override
    public String toString() {
        return text();
    }
}
