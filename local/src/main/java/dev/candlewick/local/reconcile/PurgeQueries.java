package dev.candlewick.local.reconcile;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.heal.PurgeEvidence;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.time.Interval;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceConfiguration;
import dev.candlewick.local.lake.LakeDatabase;
import dev.candlewick.local.lake.QueryException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks the lake how far the job has come, by its archive and by what it has published. */
final class PurgeQueries {
    private static final Pattern DAY = Pattern.compile("year=([0-9]{4})/month=([0-9]{2})/day=([0-9]{2})");

    private PurgeQueries() {}

    /** Rows of candles on each day since the epoch, by the manifests. */
    static Map<Long, Long> candlesByDay(LakeCatalog catalog) {
        Map<Long, Long> days = new HashMap<>();
        for (LakeManifest manifest : catalog.manifests(LakeTable.CANDLES)) {
            Matcher matcher = DAY.matcher(manifest.partition());
            if (matcher.find()) {
                LocalDate day = LocalDate.of(
                        Integer.parseInt(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3)));
                days.merge(day.toEpochDay(), manifest.rows(), Long::sum);
            }
        }
        return days;
    }

    /**
     * The evidence of a version. A bounded run has ended when it is published. A streaming job has come to the end of a bounded
     * input where the window of its newest trade is published: nothing but the end closes that one.
     */
    static PurgeEvidence evidence(LakeCatalog catalog, ResolvedConfiguration config, Consumer<String> notes) {
        Interval finest = config.intervals().finest();
        if (!catalog.isStreaming()) {
            return PurgeEvidence.ofEnded(finest);
        }
        Map<String, Long> marks = new HashMap<>();
        Map<String, Long> closed = new HashMap<>();
        Map<String, Long> real = new HashMap<>();
        boolean ended = false;
        try (LakeDatabase database = LakeDatabase.open(catalog, null)) {
            for (List<? extends @Nullable Object> row : rows(
                    database,
                    "SELECT read_source, read_partition, max(event_time_ns) FROM trades GROUP BY ALL ORDER BY ALL")) {
                marks.put(row.get(0) + "/" + row.get(1), number(row.get(2)));
            }
            for (List<? extends @Nullable Object> row : rows(
                    database,
                    "SELECT venue, symbol, \"interval\", max(end_ns), max(end_ns) FILTER (WHERE trades > 0)"
                            + " FROM candle_revisions WHERE reason = 'CLOSED' GROUP BY ALL ORDER BY ALL")) {
                String instrument = Instrument.escape(String.valueOf(row.get(0)))
                        + '|'
                        + Instrument.escape(String.valueOf(row.get(1)));
                closed.merge(instrument, number(row.get(3)), Math::max);
                if (row.get(4) != null) {
                    real.put(PurgeEvidence.lane(instrument, String.valueOf(row.get(2))), number(row.get(4)));
                }
            }
            ended = !rows(
                            database,
                            "SELECT 1 FROM candle_revisions c JOIN (SELECT max(event_time_ns) AS newest FROM trades) t"
                                    + " ON c.start_ns <= t.newest AND c.end_ns > t.newest WHERE c.\"interval\" = '"
                                    + finest.name() + "' AND c.reason = 'CLOSED' LIMIT 1")
                    .isEmpty();
        } catch (QueryException e) {
            notes.accept("the lake does not tell how far the job has come: " + e.getMessage());
        }
        long outOfOrderness = 0;
        long lateness = 0;
        for (SourceConfiguration source : config.sources()) {
            outOfOrderness = Math.max(outOfOrderness, nanos(source.outOfOrderness()));
            lateness = Math.max(lateness, nanos(source.allowedLateness()));
        }
        return new PurgeEvidence(
                ended,
                marks,
                outOfOrderness,
                lateness,
                finest,
                config.engineSettings().fill() == FillPolicy.CARRY,
                closed,
                real);
    }

    private static long nanos(Duration duration) {
        return duration.toNanos();
    }

    private static long number(@Nullable Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalStateException("a time must be a number, was " + value);
    }

    private static List<List<? extends @Nullable Object>> rows(LakeDatabase database, String sql) {
        List<List<? extends @Nullable Object>> rows = new ArrayList<>();
        database.query(sql, new LakeDatabase.Rows() {
            @Override
            public void columns(List<String> names, List<Boolean> numeric) {}

            @Override
            public void row(List<? extends @Nullable Object> values) {
                rows.add(new ArrayList<>(values));
            }
        });
        return rows;
    }
}
