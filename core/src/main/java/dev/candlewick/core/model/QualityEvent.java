package dev.candlewick.core.model;

import org.jspecify.annotations.Nullable;

/**
 * One finding about accepted trades; immutable. Times are nanoseconds since the epoch in UTC.
 *
 * @param kind what was found
 * @param venue the venue, or that of consolidated candles
 * @param symbol the symbol as the input wrote it, null for findings about a venue
 * @param eventTimeNanos when it was the case in event time; decides the partition of its row
 * @param startNanos its beginning
 * @param endNanos its end, {@link Trade#TIME_ABSENT} where it lasts
 * @param count how many, by kind
 * @param detail a JSON object, null where there is nothing to add
 */
public record QualityEvent(
        QualityKind kind,
        String venue,
        @Nullable String symbol,
        long eventTimeNanos,
        long startNanos,
        long endNanos,
        long count,
        @Nullable String detail)
        implements Published {

    /** Key of the record in its topic: venue and symbol, escaped and joined by {@code |}; symbol empty for a venue. */
    @Override
    public String key() {
        return Instrument.escape(venue) + '|' + (symbol == null ? "" : Instrument.escape(symbol));
    }

    /** Always 0: a finding is published when it is final. */
    @Override
    public int revision() {
        return 0;
    }
}
