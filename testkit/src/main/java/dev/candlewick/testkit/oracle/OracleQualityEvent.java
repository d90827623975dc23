package dev.candlewick.testkit.oracle;

import org.jspecify.annotations.Nullable;

/**
 * One finding of the quality rules; times are nanoseconds since the epoch in UTC.
 *
 * @param kind its kind, as published
 * @param venue the venue, or {@code CONSOLIDATED}
 * @param symbol the symbol, null for findings about a venue
 * @param eventTimeNanos when it was the case
 * @param startNanos its beginning
 * @param endNanos its end, null where it lasts
 * @param count how many, by kind
 * @param detail a JSON object, or null
 */
public record OracleQualityEvent(
        String kind,
        String venue,
        @Nullable String symbol,
        long eventTimeNanos,
        long startNanos,
        @Nullable Long endNanos,
        long count,
        @Nullable String detail) {}
