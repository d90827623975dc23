package dev.candlewick.core.quality;

import dev.candlewick.core.model.MinuteReport;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which quality rules run, with their thresholds; immutable.
 *
 * @param enabled whether anything is looked at
 * @param outliers whether outliers are looked for
 * @param outlierRule which rules look for them
 * @param outlierScope what they run over
 * @param outlierThreshold from how many robust deviations on a price is an outlier; positive
 * @param gapSequence which numbers are contiguous
 * @param staleTrades from how many trades at one price on a run may be stale; at least 2
 * @param staleNanos from how long a run on it may be stale; positive
 * @param silenceSeconds how many seconds without a trade are a silence; positive
 */
public record QualitySettings(
        boolean enabled,
        boolean outliers,
        OutlierRule outlierRule,
        OutlierScope outlierScope,
        int outlierThreshold,
        GapSequence gapSequence,
        int staleTrades,
        long staleNanos,
        int silenceSeconds)
        implements Serializable {

    /** Checks every value and reports all problems at once. */
    public QualitySettings {
        List<String> problems = new ArrayList<>();
        if (outlierThreshold < 1 || outlierThreshold > 1_000) {
            problems.add("outlier.threshold must be 1 to 1000, was " + outlierThreshold + " (example: 5)");
        }
        if (staleTrades < 2) {
            problems.add("stale.trades must be at least 2, was " + staleTrades + " (example: 100)");
        }
        if (staleNanos < 1) {
            problems.add("stale.duration must be positive, was " + staleNanos + " ns (example: 1m)");
        }
        if (silenceSeconds < 1) {
            problems.add("silence must be at least one second, was " + silenceSeconds + " s (example: 10s)");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** The default level of the crypto profile: all rules but outliers. */
    public static QualitySettings defaults() {
        return new QualitySettings(
                true,
                false,
                OutlierRule.HAMPEL,
                OutlierScope.TRADE,
                5,
                GapSequence.TRADE_ID,
                100,
                MinuteReport.MINUTE_NANOS,
                10);
    }

    /** No rules at all. */
    public static QualitySettings off() {
        QualitySettings on = defaults();
        return new QualitySettings(
                false,
                false,
                on.outlierRule,
                on.outlierScope,
                on.outlierThreshold,
                on.gapSequence,
                on.staleTrades,
                on.staleNanos,
                on.silenceSeconds);
    }

    /** The same with outliers looked for. */
    public QualitySettings withOutliers(OutlierRule rule, OutlierScope scope) {
        return new QualitySettings(
                true, true, rule, scope, outlierThreshold, gapSequence, staleTrades, staleNanos, silenceSeconds);
    }

    /** The same with another choice of contiguous numbers. */
    public QualitySettings withGapSequence(GapSequence other) {
        return new QualitySettings(
                enabled,
                outliers,
                outlierRule,
                outlierScope,
                outlierThreshold,
                other,
                staleTrades,
                staleNanos,
                silenceSeconds);
    }

    /** The same with other thresholds of stale runs. */
    public QualitySettings withStale(int trades, long nanos) {
        return new QualitySettings(
                enabled,
                outliers,
                outlierRule,
                outlierScope,
                outlierThreshold,
                gapSequence,
                trades,
                nanos,
                silenceSeconds);
    }

    /** Whether the Hampel rule runs. */
    boolean hampel() {
        return outliers && outlierRule != OutlierRule.MEAN;
    }

    /** Whether the rolling mean runs. */
    boolean mean() {
        return outliers && outlierRule != OutlierRule.HAMPEL;
    }
}
