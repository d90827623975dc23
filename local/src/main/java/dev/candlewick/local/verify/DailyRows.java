package dev.candlewick.local.verify;

import dev.candlewick.connectors.lake.DailyRow;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.local.lake.DayRange;
import dev.candlewick.local.lake.LakeDatabase;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows of the table {@code daily}, folded from the candles of the coarsest interval that divides a day, and counts from
 * the other tables.
 */
final class DailyRows {
    private static final long DAY_NANOS = DayRange.DAY_NANOS;

    private DailyRows() {}

    /**
     * The rows of all instruments that have a candle with a trade.
     *
     * @param fromNanos a day's start, {@link Long#MIN_VALUE} for all
     * @param toNanos the end of a day, {@link Long#MAX_VALUE} for all
     * @throws WitnessSettings.UnusableException where no interval divides a day
     */
    static List<DailyRow> of(
            LakeDatabase database, LakeCatalog catalog, WitnessSettings settings, long fromNanos, long toNanos)
            throws SQLException {
        String interval = null;
        for (int i = 0; i < settings.lengths().size(); i++) {
            if (DAY_NANOS % settings.lengths().get(i) == 0) {
                interval = settings.names().get(i);
            }
        }
        if (interval == null) {
            throw new WitnessSettings.UnusableException(
                    "one of the intervals must divide a day to fold candles into days, was " + settings.names());
        }
        Map<String, Long> rejects = rejects(database, settings, fromNanos, toNanos);
        Map<String, Long> gaps = counts(
                database,
                "SELECT venue, symbol, " + day("start_ns")
                        + " AS d, CAST(sum(gaps_500ms + gaps_5s + gaps_30s) AS BIGINT)" + " FROM reports WHERE "
                        + within("start_ns", fromNanos, toNanos) + " GROUP BY ALL");
        String venue = settings.consolidated() ? "'CONSOLIDATED'" : "venue";
        Map<String, Long> late = counts(
                database,
                "SELECT " + venue + ", symbol, " + day("event_time_ns") + " AS d, count(*) FROM trades WHERE late AND "
                        + within("event_time_ns", fromNanos, toNanos) + " GROUP BY ALL");
        List<DailyRow> rows = new ArrayList<>();
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery("SELECT venue, symbol, " + day("start_ns")
                        + " AS d, arg_min(open, start_ns), arg_max(close, start_ns), max(high), min(low), sum(volume),"
                        + " sum(notional), CAST(sum(trades) AS BIGINT), arg_max(profile, start_ns) FROM candles WHERE"
                        + " \"interval\" = " + LakeDatabase.text(interval) + " AND trades > 0 AND "
                        + within("start_ns", fromNanos, toNanos)
                        + " GROUP BY venue, symbol, d ORDER BY d, venue, symbol")) {
            while (result.next()) {
                String symbol = result.getString(2);
                long start = result.getLong(3);
                BigDecimal volume = result.getBigDecimal(8);
                BigDecimal notional = result.getBigDecimal(9);
                int decimals = Math.max(12, settings.priceScales().scaleOf(symbol));
                String key = key(result.getString(1), symbol, start);
                rows.add(new DailyRow(
                        result.getString(1),
                        symbol,
                        start,
                        result.getBigDecimal(4),
                        result.getBigDecimal(5),
                        result.getBigDecimal(6),
                        result.getBigDecimal(7),
                        volume,
                        notional,
                        volume.signum() == 0 ? null : notional.divide(volume, decimals, RoundingMode.HALF_EVEN),
                        result.getLong(10),
                        rejects.getOrDefault(key, 0L),
                        gaps.getOrDefault(key, 0L),
                        late.getOrDefault(key, 0L),
                        result.getString(11)));
            }
        }
        return rows;
    }

    /** Rejected messages have no columns for the instrument; their text names it where it was readable. */
    private static Map<String, Long> rejects(
            LakeDatabase database, WitnessSettings settings, long fromNanos, long toNanos) throws SQLException {
        Map<String, Long> named = new HashMap<>();
        String time = "coalesce(event_time_ns, recv_time_ns, ingest_time_ns, 0)";
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery("SELECT regexp_extract(message,"
                        + " '^.*\\(instrument=(.*?)(?:, source=[0-9]+)?, partition=[0-9]+, offset=[0-9]+\\)$', 1, 's') AS name, "
                        + day(time) + " AS d, count(*) FROM rejected WHERE " + within(time, fromNanos, toNanos)
                        + " GROUP BY ALL")) {
            while (result.next()) {
                named.merge(result.getString(1) + "@" + result.getLong(2), result.getLong(3), Long::sum);
            }
        }
        Map<String, Long> counts = new HashMap<>();
        if (named.isEmpty()) {
            return counts;
        }
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery("SELECT DISTINCT venue, symbol, " + day("event_time_ns")
                        + " AS d FROM trades WHERE " + within("event_time_ns", fromNanos, toNanos))) {
            while (result.next()) {
                String venue = result.getString(1);
                String symbol = result.getString(2);
                String name = TextEscapes.value(Instrument.escape(venue)) + "|"
                        + TextEscapes.value(Instrument.escape(symbol));
                Long count = named.get(name + "@" + result.getLong(3));
                if (count != null) {
                    counts.merge(
                            key(settings.consolidated() ? "CONSOLIDATED" : venue, symbol, result.getLong(3)),
                            count,
                            Long::sum);
                }
            }
        }
        return counts;
    }

    private static Map<String, Long> counts(LakeDatabase database, String sql) throws SQLException {
        Map<String, Long> counts = new HashMap<>();
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                counts.put(key(result.getString(1), result.getString(2), result.getLong(3)), result.getLong(4));
            }
        }
        return counts;
    }

    static String key(String venue, String symbol, long start) {
        return Instrument.escape(venue) + "|" + Instrument.escape(symbol) + "|" + start;
    }

    private static String day(String time) {
        return "(" + time + " - ((" + time + " % " + DAY_NANOS + ") + " + DAY_NANOS + ") % " + DAY_NANOS + ")";
    }

    private static String within(String column, long from, long to) {
        return "(" + column + " >= " + from + " AND " + column + " < " + to + ")";
    }
}
