package dev.candlewick.testkit.oracle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the oracle is to compute; immutable, changed by the {@code with} methods.
 *
 * @param scope one candle per venue and symbol, or per symbol
 * @param intervals candle intervals, sorted; multiples of the finest one
 * @param outOfOrdernessNanos how far event times may run behind within a partition before the watermark passes them
 * @param allowedLatenessNanos how long windows stay open behind the watermark
 * @param late whether late trades are turned away or only recorded
 * @param dedupKey what makes two records copies of one trade
 * @param conflictHorizonNanos largest distance of two event times at which an equal id is a conflict
 * @param fill whether empty windows are filled
 * @param fillMax number of windows that are filled of one gap
 * @param vwapEmit which rows of the rolling VWAP exist
 * @param priceScale decimals of prices by symbol, 0 to 18
 * @param sizeScale decimals of sizes by symbol, 0 to 18
 * @param zeroSizeAllowed whether a size of 0 is valid
 * @param eventTimeMinNanos smallest valid event time
 * @param eventTimeMaxNanos largest valid event time
 * @param futureToleranceNanos how far an event time may lie after the receive time
 * @param timeJumpNanos how far an event time without receive time may lie after the partition's high-water mark; null
 *     where the rule does not hold, which is behind Kafka
 * @param quality the quality rules
 */
public record OracleSettings(
        Scope scope,
        List<OracleInterval> intervals,
        long outOfOrdernessNanos,
        long allowedLatenessNanos,
        Late late,
        DedupKey dedupKey,
        long conflictHorizonNanos,
        Fill fill,
        int fillMax,
        VwapEmit vwapEmit,
        ToIntFunction<String> priceScale,
        ToIntFunction<String> sizeScale,
        boolean zeroSizeAllowed,
        long eventTimeMinNanos,
        long eventTimeMaxNanos,
        long futureToleranceNanos,
        @Nullable Long timeJumpNanos,
        OracleQualitySettings quality) {

    /** The intervals that the product builds unless told otherwise. */
    public static final List<OracleInterval> DEFAULT_INTERVALS = List.of(
            OracleInterval.parse("1s"),
            OracleInterval.parse("10s"),
            OracleInterval.parse("1m"),
            OracleInterval.parse("3m"),
            OracleInterval.parse("5m"),
            OracleInterval.parse("15m"));

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long YEAR_1990_NANOS = 631_152_000L * NANOS_PER_SECOND;
    private static final long YEAR_2100_NANOS = 4_102_444_800L * NANOS_PER_SECOND;

    /** One candle per venue and symbol, or per symbol over all venues. */
    public enum Scope {
        /** Per venue and symbol. */
        VENUE,
        /** Per symbol; the candle's venue is {@code CONSOLIDATED}. */
        CONSOLIDATED
    }

    /** What happens to a late trade. */
    public enum Late {
        /** It is turned away. */
        APPLY,
        /** It is recorded as late, and taken. */
        ACCEPT
    }

    /** What makes two records copies of one trade. */
    public enum DedupKey {
        /** Venue, symbol, id, event time, price and size; records without id are never copies. */
        TRADE_ID,
        /** Venue, symbol, event time, price, size, side and conditions. */
        FINGERPRINT,
        /** Nothing: every record counts. */
        NONE
    }

    /** What happens to windows without a trade. */
    public enum Fill {
        /** They do not exist. */
        OMIT,
        /** They are flat at the previous close. */
        CARRY
    }

    /** Which rows of the rolling VWAP exist. */
    public enum VwapEmit {
        /** Those whose last second holds an accepted trade. */
        ACTIVE,
        /** Those whose five minutes hold an accepted trade. */
        EVERY_SECOND,
        /** None. */
        OFF
    }

    /**
     * Sorts and checks the intervals, checks the ranges.
     *
     * @throws IllegalArgumentException if the intervals are not distinct multiples of the finest one, or if a value is
     *     out of its range
     */
    public OracleSettings {
        if (intervals.isEmpty()) {
            throw new IllegalArgumentException("intervals must not be empty, was [] (example: 1s, 1m)");
        }
        List<OracleInterval> sorted = new ArrayList<>(intervals);
        sorted.sort(Comparator.comparingLong(OracleInterval::nanos));
        OracleInterval finest = sorted.get(0);
        Set<Long> seen = new HashSet<>();
        for (OracleInterval interval : sorted) {
            if (interval.nanos() % finest.nanos() != 0) {
                throw new IllegalArgumentException("intervals must be multiples of the finest one, " + finest.name()
                        + ", was " + interval.name() + " (intervals)");
            }
            if (!seen.add(interval.nanos())) {
                throw new IllegalArgumentException("intervals must differ, was " + interval.name() + " twice");
            }
        }
        intervals = List.copyOf(sorted);
        requireNotNegative("out-of-orderness", outOfOrdernessNanos);
        requireNotNegative("allowed-lateness", allowedLatenessNanos);
        requireNotNegative("conflict.horizon", conflictHorizonNanos);
        requireNotNegative("fill.max", fillMax);
        requireNotNegative("future.tolerance", futureToleranceNanos);
    }

    /** Returns the defaults for crypto feeds: 1 s, 10 s, 12 and 8 decimals, per venue. */
    public static OracleSettings crypto() {
        return new OracleSettings(
                Scope.VENUE,
                DEFAULT_INTERVALS,
                NANOS_PER_SECOND,
                10 * NANOS_PER_SECOND,
                Late.APPLY,
                DedupKey.TRADE_ID,
                10 * NANOS_PER_SECOND,
                Fill.OMIT,
                100_000,
                VwapEmit.ACTIVE,
                symbol -> 12,
                symbol -> 8,
                false,
                YEAR_1990_NANOS,
                YEAR_2100_NANOS,
                5 * NANOS_PER_SECOND,
                null,
                OracleQualitySettings.off());
    }

    /** Returns the defaults for futures feeds: 2 s, 30 s, 9 and 0 decimals, zero sizes, per venue. */
    public static OracleSettings futures() {
        return crypto().withOutOfOrderness(Duration.ofSeconds(2))
                .withAllowedLateness(Duration.ofSeconds(30))
                .withConflictHorizon(Duration.ofSeconds(30))
                .withScales(symbol -> 9, symbol -> 0)
                .withZeroSizeAllowed(true);
    }

    /** Returns the defaults for US equity feeds: as futures, without zero sizes, consolidated. */
    public static OracleSettings usEquities() {
        return futures().withZeroSizeAllowed(false).withScope(Scope.CONSOLIDATED);
    }

    /** Returns the finest interval; duplicates, conflicts and lateness go by its windows. */
    public OracleInterval finest() {
        return intervals.get(0);
    }

    /** Returns these settings with another scope. */
    public OracleSettings withScope(Scope value) {
        return new OracleSettings(
                value,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with other intervals, such as {@code "1s", "1m"}. */
    public OracleSettings withIntervals(String... names) {
        List<OracleInterval> value = new ArrayList<>();
        for (String name : names) {
            value.add(OracleInterval.parse(name));
        }
        return new OracleSettings(
                scope,
                value,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with another out-of-orderness. */
    public OracleSettings withOutOfOrderness(Duration value) {
        return new OracleSettings(
                scope,
                intervals,
                value.toNanos(),
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with another allowed lateness. */
    public OracleSettings withAllowedLateness(Duration value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                value.toNanos(),
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with another treatment of late trades. */
    public OracleSettings withLate(Late value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                value,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with another key of duplicates. */
    public OracleSettings withDedupKey(DedupKey value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                value,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with another conflict horizon. */
    public OracleSettings withConflictHorizon(Duration value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                value.toNanos(),
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with another filling of empty windows. */
    public OracleSettings withFill(Fill value, int max) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                value,
                max,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with other rows of the rolling VWAP. */
    public OracleSettings withVwapEmit(VwapEmit value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                value,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with other scales by symbol. */
    public OracleSettings withScales(ToIntFunction<String> price, ToIntFunction<String> size) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                price,
                size,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with zero sizes valid or not. */
    public OracleSettings withZeroSizeAllowed(boolean value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                value,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                quality);
    }

    /** Returns these settings with the rule TIME_JUMP on, or off if null. */
    public OracleSettings withTimeJump(@Nullable Duration value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                value == null ? null : value.toNanos(),
                quality);
    }

    /** Returns these settings with other quality rules. */
    public OracleSettings withQuality(OracleQualitySettings value) {
        return new OracleSettings(
                scope,
                intervals,
                outOfOrdernessNanos,
                allowedLatenessNanos,
                late,
                dedupKey,
                conflictHorizonNanos,
                fill,
                fillMax,
                vwapEmit,
                priceScale,
                sizeScale,
                zeroSizeAllowed,
                eventTimeMinNanos,
                eventTimeMaxNanos,
                futureToleranceNanos,
                timeJumpNanos,
                value);
    }

    private static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative, was " + value);
        }
    }
}
