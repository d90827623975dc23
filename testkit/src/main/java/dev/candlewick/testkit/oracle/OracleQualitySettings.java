package dev.candlewick.testkit.oracle;

/**
 * Which quality rules the oracle applies, with their thresholds; immutable.
 *
 * @param level how much is looked at
 * @param outlierRule which rules look for outliers
 * @param outlierScope what these rules run over
 * @param outlierThreshold from how many robust deviations on a price is an outlier
 * @param gapSequence which numbers are contiguous
 * @param staleTrades from how many trades on a run may be stale
 * @param staleNanos from how long a run on it may be stale
 * @param silenceSeconds how many seconds without a trade are a silence
 */
public record OracleQualitySettings(
        Level level,
        OutlierRule outlierRule,
        OutlierScope outlierScope,
        int outlierThreshold,
        GapSequence gapSequence,
        int staleTrades,
        long staleNanos,
        int silenceSeconds) {

    /** How much is looked at. */
    public enum Level {
        /** Nothing. */
        OFF,
        /** Everything but outliers. */
        DEFAULT,
        /** Everything. */
        FULL
    }

    /** Which rules look for outliers. */
    public enum OutlierRule {
        /** Medians before, around and after. */
        HAMPEL,
        /** The mean before. */
        MEAN,
        /** Each of the two. */
        BOTH
    }

    /** What the rules for outliers run over. */
    public enum OutlierScope {
        /** Every trade. */
        TRADE,
        /** The lowest and the highest price of each pane. */
        PANE
    }

    /** Which numbers are contiguous. */
    public enum GapSequence {
        /** Ids that are decimal numbers. */
        TRADE_ID,
        /** The feed's sequence. */
        SEQUENCE,
        /** None. */
        OFF
    }

    /** Returns settings under which nothing is looked at. */
    public static OracleQualitySettings off() {
        return new OracleQualitySettings(
                Level.OFF, OutlierRule.HAMPEL, OutlierScope.TRADE, 5, GapSequence.OFF, 100, 60_000_000_000L, 10);
    }

    /** Returns these settings with another level. */
    public OracleQualitySettings withLevel(Level value) {
        return new OracleQualitySettings(
                value,
                outlierRule,
                outlierScope,
                outlierThreshold,
                gapSequence,
                staleTrades,
                staleNanos,
                silenceSeconds);
    }

    /** Whether the rule of three medians runs. */
    boolean hampel() {
        return level == Level.FULL && outlierRule != OutlierRule.MEAN;
    }

    /** Whether the rule of the rolling mean runs. */
    boolean mean() {
        return level == Level.FULL && outlierRule != OutlierRule.HAMPEL;
    }
}
