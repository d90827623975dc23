package dev.candlewick.core.engine;

import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.vwap.VwapEmit;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What decides the results of the engine; immutable.
 *
 * @param intervals the candle intervals
 * @param allowedLatenessNanos how long after its end a window still takes trades; whole milliseconds, not negative
 * @param late what the verdict late does
 * @param dedupKey what makes two trades copies
 * @param conflictHorizonNanos how far apart in event time one id with two payloads is a conflict; not negative
 * @param fill what happens to windows without a trade
 * @param fillMax how many windows of one gap are filled at most; positive
 * @param vwapEmit for which seconds rolling VWAP rows are published
 * @param quality which quality rules run
 */
public record EngineSettings(
        Intervals intervals,
        long allowedLatenessNanos,
        LatePolicy late,
        DedupKey dedupKey,
        long conflictHorizonNanos,
        FillPolicy fill,
        int fillMax,
        VwapEmit vwapEmit,
        QualitySettings quality)
        implements Serializable {

    /** Checks every value and reports all problems at once. */
    public EngineSettings {
        List<String> problems = new ArrayList<>();
        if (allowedLatenessNanos < 0 || allowedLatenessNanos % Interval.MILLI_NANOS != 0) {
            problems.add("allowed-lateness must be whole milliseconds and not negative, was " + allowedLatenessNanos
                    + " ns (example: 10s)");
        }
        if (conflictHorizonNanos < 0) {
            problems.add("conflict.horizon must not be negative, was " + conflictHorizonNanos + " ns (example: 10s)");
        }
        if (fillMax < 1) {
            problems.add("fill.max must be positive, was " + fillMax + " (example: 100000)");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** The defaults of the crypto profile: lateness 10 s, horizon 10 s, ids, no fills, VWAP where active; no quality rules. */
    public static EngineSettings defaults() {
        return new EngineSettings(
                Intervals.DEFAULT,
                10 * Interval.SECOND_NANOS,
                LatePolicy.APPLY,
                DedupKey.TRADE_ID,
                10 * Interval.SECOND_NANOS,
                FillPolicy.OMIT,
                100_000,
                VwapEmit.ACTIVE,
                QualitySettings.off());
    }

    /** The same with other intervals. */
    public EngineSettings withIntervals(Intervals other) {
        return new EngineSettings(
                other, allowedLatenessNanos, late, dedupKey, conflictHorizonNanos, fill, fillMax, vwapEmit, quality);
    }

    /** The same with another lateness. */
    public EngineSettings withAllowedLatenessNanos(long other) {
        return new EngineSettings(
                intervals, other, late, dedupKey, conflictHorizonNanos, fill, fillMax, vwapEmit, quality);
    }

    /** The same with another policy for late trades. */
    public EngineSettings withLate(LatePolicy other) {
        return new EngineSettings(
                intervals,
                allowedLatenessNanos,
                other,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                quality);
    }

    /** The same with another identity of copies. */
    public EngineSettings withDedupKey(DedupKey other) {
        return new EngineSettings(
                intervals, allowedLatenessNanos, late, other, conflictHorizonNanos, fill, fillMax, vwapEmit, quality);
    }

    /** The same with another conflict horizon. */
    public EngineSettings withConflictHorizonNanos(long other) {
        return new EngineSettings(
                intervals, allowedLatenessNanos, late, dedupKey, other, fill, fillMax, vwapEmit, quality);
    }

    /** The same with another policy for empty windows. */
    public EngineSettings withFill(FillPolicy other, int otherMax) {
        return new EngineSettings(
                intervals,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                other,
                otherMax,
                vwapEmit,
                quality);
    }

    /** The same with another choice of VWAP rows. */
    public EngineSettings withVwapEmit(VwapEmit other) {
        return new EngineSettings(
                intervals, allowedLatenessNanos, late, dedupKey, conflictHorizonNanos, fill, fillMax, other, quality);
    }

    /** The same with other quality rules. */
    public EngineSettings withQuality(QualitySettings other) {
        return new EngineSettings(
                intervals, allowedLatenessNanos, late, dedupKey, conflictHorizonNanos, fill, fillMax, vwapEmit, other);
    }
}
