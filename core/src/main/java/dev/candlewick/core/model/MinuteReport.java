package dev.candlewick.core.model;

/**
 * What the trades of one instrument in one minute of event time were like; immutable.
 *
 * <p>Times are nanoseconds since the epoch in UTC, {@link Trade#TIME_ABSENT} where absent; latencies and lengths are
 * nanoseconds, {@link #ABSENT} where absent.
 *
 * @param venue the venue, or that of consolidated candles
 * @param symbol the symbol as the input wrote it
 * @param startNanos first nanosecond of the minute
 * @param trades accepted trades
 * @param duplicates copies beyond the first that were not turned away
 * @param conflicts trades flagged as ID_CONFLICT
 * @param suspects equal rows without id beyond the first
 * @param outliers events OUTLIER and OUTLIER_MEAN
 * @param zeroSizes trades of size zero
 * @param staleRuns events STALE_RUN
 * @param gaps500Millis events GAP_500MS
 * @param gaps5Seconds events GAP_5S
 * @param gaps30Seconds events GAP_30S
 * @param missingSequences numbers missing
 * @param latencyCount copies with a receive time
 * @param latencyMinNanos smallest receive time minus event time
 * @param latencyP50Nanos its median
 * @param latencyP90Nanos its 90 % quantile
 * @param latencyP99Nanos its 99 % quantile
 * @param latencyMaxNanos largest receive time minus event time
 * @param largestGapNanos longest pause of an event
 * @param largestGapStartNanos event time of the trade before that pause
 * @param largestHole most numbers missing in one event
 * @param worstOutlierBasisPoints largest deviation of an outlier's event
 */
public record MinuteReport(
        String venue,
        String symbol,
        long startNanos,
        long trades,
        long duplicates,
        long conflicts,
        long suspects,
        long outliers,
        long zeroSizes,
        long staleRuns,
        long gaps500Millis,
        long gaps5Seconds,
        long gaps30Seconds,
        long missingSequences,
        long latencyCount,
        long latencyMinNanos,
        long latencyP50Nanos,
        long latencyP90Nanos,
        long latencyP99Nanos,
        long latencyMaxNanos,
        long largestGapNanos,
        long largestGapStartNanos,
        long largestHole,
        long worstOutlierBasisPoints)
        implements Published {

    /** A value that the minute does not have. */
    public static final long ABSENT = Trade.TIME_ABSENT;

    /** Length of a minute. */
    public static final long MINUTE_NANOS = 60_000_000_000L;

    /** First nanosecond after the minute. */
    public long endNanos() {
        return startNanos + MINUTE_NANOS;
    }

    /** Key of the record in its topic: venue, symbol and start, escaped and joined by {@code |}. */
    @Override
    public String key() {
        return Instrument.escape(venue) + '|' + Instrument.escape(symbol) + '|' + startNanos;
    }

    /** Always 0: a report is published when its minute is final. */
    @Override
    public int revision() {
        return 0;
    }
}
