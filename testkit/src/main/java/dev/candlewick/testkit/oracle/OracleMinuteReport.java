package dev.candlewick.testkit.oracle;

import org.jspecify.annotations.Nullable;

/**
 * What the trades of one instrument in one minute were like, with the columns of the published report.
 *
 * @param venue the venue, or {@code CONSOLIDATED}
 * @param symbol the symbol
 * @param startNanos first nanosecond of the minute
 * @param trades accepted trades
 * @param duplicates copies beyond the first
 * @param conflicts events ID_CONFLICT
 * @param suspects rows beyond the first of all groups of equal rows without id
 * @param outliers events OUTLIER and OUTLIER_MEAN
 * @param zeroSizes trades of size 0
 * @param staleRuns events STALE_RUN
 * @param gaps500Millis events GAP_500MS
 * @param gaps5Seconds events GAP_5S
 * @param gaps30Seconds events GAP_30S
 * @param missingSequences numbers missing
 * @param latencyCount copies with a receive time
 * @param latencyMinNanos smallest latency, null without any
 * @param latencyP50Nanos median of the latency, null without any
 * @param latencyP90Nanos its 90 % quantile, null without any
 * @param latencyP99Nanos its 99 % quantile, null without any
 * @param latencyMaxNanos largest latency, null without any
 * @param largestGapNanos longest pause of an event, null without any
 * @param largestGapStartNanos start of that pause, null without any
 * @param largestHole most numbers missing in an event, null without any
 * @param worstOutlierBasisPoints largest deviation of an outlier's event, null without any
 */
public record OracleMinuteReport(
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
        @Nullable Long latencyMinNanos,
        @Nullable Long latencyP50Nanos,
        @Nullable Long latencyP90Nanos,
        @Nullable Long latencyP99Nanos,
        @Nullable Long latencyMaxNanos,
        @Nullable Long largestGapNanos,
        @Nullable Long largestGapStartNanos,
        @Nullable Long largestHole,
        @Nullable Long worstOutlierBasisPoints) {}
