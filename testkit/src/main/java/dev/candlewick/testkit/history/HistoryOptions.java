package dev.candlewick.testkit.history;

import dev.candlewick.testkit.oracle.OracleSettings;
import java.time.Duration;
import java.time.Instant;

/**
 * What a random history is to contain; immutable, changed by the {@code with} methods.
 *
 * @param trades number of original trades; copies and conflicts come on top (about a quarter)
 * @param partitions number of partitions as read
 * @param venues number of venues, 1 to 4; two of them differ in case only
 * @param symbols number of symbols, 1 to 12; the first two differ in case only
 * @param venuePrefix whether venue names begin with {@code s<seed>-}, so that many seeds can share one job
 * @param start event times begin here
 * @param outOfOrderness the setting that disorder is measured by
 * @param allowedLateness the setting that lateness is measured by
 * @param conflictHorizon the setting that distances of conflicting ids are measured by
 * @param lateTrades whether late trades occur; if not, none is late in any partition
 * @param zeroSizes whether sizes of 0 occur
 * @param invalidTrades whether records occur that validation turns away
 * @param spreadSymbols whether the trades of one symbol lie in all partitions instead of one
 * @param place how places relate to read positions
 * @param longGap longest empty stretch of an instrument
 * @param incidents whether there is what quality rules look for: prices that leap and come back, leap and stay or stand
 *     still, numbers that are missing or begin again, pauses of exactly the lengths that rules name; without them a
 *     history is the same as if this option did not exist
 */
public record HistoryOptions(
        int trades,
        int partitions,
        int venues,
        int symbols,
        boolean venuePrefix,
        Instant start,
        Duration outOfOrderness,
        Duration allowedLateness,
        Duration conflictHorizon,
        boolean lateTrades,
        boolean zeroSizes,
        boolean invalidTrades,
        boolean spreadSymbols,
        Place place,
        Duration longGap,
        boolean incidents) {

    /** How places relate to read positions. */
    public enum Place {
        /** A place is the read position. */
        AS_READ,
        /** The partition is the one read from, the position is another, and two may be equal: files with a row column. */
        CARRIED_POSITION,
        /** Partition and position are others, and two places may be equal: a log that was copied and partitioned anew. */
        CARRIED
    }

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public HistoryOptions {
        requireRange("trades", trades, 0, Integer.MAX_VALUE);
        requireRange("partitions", partitions, 1, 1000);
        requireRange("venues", venues, 1, History.VENUES.size());
        requireRange("symbols", symbols, 1, History.SYMBOLS.size());
        if (longGap.toSeconds() < 10) {
            throw new IllegalArgumentException("longGap must be at least 10 s, was " + longGap);
        }
    }

    /**
     * Returns 300 trades on two venues and six symbols in one partition, some late, with crypto's lateness, places as
     * read, and gaps of up to 20 minutes.
     */
    public static HistoryOptions defaults() {
        return new HistoryOptions(
                300,
                1,
                2,
                6,
                false,
                Instant.parse("2024-03-10T13:59:57.999999Z"),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                true,
                false,
                false,
                false,
                Place.AS_READ,
                Duration.ofMinutes(20),
                false);
    }

    /** Returns these options with another number of original trades. */
    public HistoryOptions withTrades(int value) {
        return new HistoryOptions(
                value,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with another number of partitions, and whether symbols are spread over them. */
    public HistoryOptions withPartitions(int value, boolean spread) {
        return new HistoryOptions(
                trades,
                value,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spread,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with other numbers of venues and symbols. */
    public HistoryOptions withInstruments(int venueCount, int symbolCount) {
        return new HistoryOptions(
                trades,
                partitions,
                venueCount,
                symbolCount,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with venue names that begin with the seed, or not. */
    public HistoryOptions withVenuePrefix(boolean value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                value,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with another first event time. */
    public HistoryOptions withStart(Instant value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                value,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with the settings that disorder, lateness and conflicts are measured by. */
    public HistoryOptions withTimes(Duration outOfOrder, Duration lateness, Duration horizon) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrder,
                lateness,
                horizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with late trades or without any. */
    public HistoryOptions withLateTrades(boolean value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                value,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with sizes of 0 or without. */
    public HistoryOptions withZeroSizes(boolean value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                value,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with records that validation turns away or without. */
    public HistoryOptions withInvalidTrades(boolean value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                value,
                spreadSymbols,
                place,
                longGap,
                incidents);
    }

    /** Returns these options with another relation of places and read positions. */
    public HistoryOptions withPlace(Place value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                value,
                longGap,
                incidents);
    }

    /** Returns these options with another longest empty stretch, at least 10 s. */
    public HistoryOptions withLongGap(Duration value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                value,
                incidents);
    }

    /** Returns these options with what quality rules look for or without. */
    public HistoryOptions withIncidents(boolean value) {
        return new HistoryOptions(
                trades,
                partitions,
                venues,
                symbols,
                venuePrefix,
                start,
                outOfOrderness,
                allowedLateness,
                conflictHorizon,
                lateTrades,
                zeroSizes,
                invalidTrades,
                spreadSymbols,
                place,
                longGap,
                value);
    }

    /** Returns oracle settings that fit: same times, the scales of {@link History}, zero sizes as here. */
    public OracleSettings oracleSettings() {
        return OracleSettings.crypto()
                .withOutOfOrderness(outOfOrderness)
                .withAllowedLateness(allowedLateness)
                .withConflictHorizon(conflictHorizon)
                .withScales(History::priceScale, History::sizeScale)
                .withZeroSizeAllowed(zeroSizes);
    }

    private static void requireRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be from " + min + " to " + max + ", was " + value);
        }
    }
}
