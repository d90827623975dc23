package dev.candlewick.local.savepoint;

import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.jobs.operators.PartitionMark;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import dev.candlewick.savepoints.HashManifest;
import dev.candlewick.savepoints.OperatorInfo;
import dev.candlewick.savepoints.Savepoint;
import dev.candlewick.savepoints.SavepointContents;
import dev.candlewick.savepoints.StateInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what stands in a savepoint. */
@Command(
        name = "inspect",
        description = {
            "Print what stands in a savepoint or checkpoint: operators and their state, offsets, marks, counters,"
                    + " transactions, totals.",
            "As JSON it is one object; as CSV the table of operators and states only."
        })
final class SavepointInspectCommand extends SavepointTool {
    private static final long NANOS = 1_000_000_000L;

    @Parameters(index = "0", paramLabel = "P", description = "A savepoint or checkpoint.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String path;

    @Option(names = "--symbol", paramLabel = "S", description = "What is remembered of this symbol, with open candles.")
    private @Nullable String symbol;

    @Option(names = "--venue", paramLabel = "V", description = "Only of this venue; with --symbol.")
    private @Nullable String venue;

    @Override
    ExitCode work() {
        if (venue != null && symbol == null) {
            throw CommandFailure.usage("--venue must stand beside --symbol, was alone", null, "add --symbol S");
        }
        Savepoint savepoint = open(path);
        SavepointContents contents = new SavepointContents(savepoint);
        if (symbol != null) {
            return instrument(contents, symbol);
        }
        Inspection found = inspect(savepoint, contents);
        switch (output().format()) {
            case JSON -> output().record(found.all());
            case CSV -> table(found.operators());
            case TABLE -> {
                output().record(found.summary());
                section("operators", found.operators());
                section("offsets", found.offsets());
                section("marks", found.marks());
                section("counters", found.counters());
                section("candles", found.intervals());
                section("transactions", found.transactions());
            }
        }
        return ExitCode.OK;
    }

    private record Inspection(
            Map<String, @Nullable Object> summary,
            List<Map<String, @Nullable Object>> operators,
            List<Map<String, @Nullable Object>> offsets,
            List<Map<String, @Nullable Object>> marks,
            List<Map<String, @Nullable Object>> counters,
            List<Map<String, @Nullable Object>> intervals,
            List<Map<String, @Nullable Object>> transactions) {
        Map<String, @Nullable Object> all() {
            Map<String, @Nullable Object> all = new LinkedHashMap<>(summary);
            all.put("operators", operators);
            all.put("offsets", offsets);
            all.put("marks", marks);
            all.put("counters", counters);
            all.put("candles", intervals);
            all.put("transactions", transactions);
            return all;
        }
    }

    private static Inspection inspect(Savepoint savepoint, SavepointContents contents) {
        Totals totals = new Totals();
        SavepointContents.KeyedTotals keyed = contents.forEachInstrument(totals::add);
        Map<String, @Nullable Object> summary = new LinkedHashMap<>();
        summary.put("savepoint", savepoint.directory().toString());
        summary.put("kind", savepoint.kind().toString());
        summary.put("checkpoint", savepoint.checkpointId());
        summary.put("bytes", savepoint.bytes());
        summary.put("hash_manifest", HashManifest.exists(savepoint.directory()));
        summary.put("instruments", keyed.instruments());
        summary.put("timers", keyed.timers());
        summary.put("timers_without_instrument", keyed.orphanTimers().size());
        summary.put("windows", totals.windows);
        summary.put("ids", totals.ids);
        summary.put("payloads", totals.fingerprints);
        summary.put("vwap_panes", totals.panes);
        summary.put("open_minutes", totals.minutes);
        summary.put("newest_purge_mark_ns", totals.purgeMarkNanos == Long.MIN_VALUE ? null : totals.purgeMarkNanos);
        summary.put("watermark_ms", totals.advancedToMillis == Long.MIN_VALUE ? null : totals.advancedToMillis);
        List<PartitionMark> marks = contents.marks();
        long oldest = marks.stream().mapToLong(PartitionMark::markNanos).min().orElse(Long.MIN_VALUE);
        summary.put(
                "oldest_mark_age_s",
                marks.isEmpty() ? null : Instant.now().getEpochSecond() - Math.floorDiv(oldest, NANOS));
        summary.put("finished_subtasks", contents.ended().size());

        return new Inspection(
                summary,
                operators(savepoint, totals, keyed),
                contents.offsets().stream()
                        .map(offset -> row(
                                "source", offset.uid(),
                                "topic", offset.topic(),
                                "partition", offset.partition(),
                                "next_offset", offset.offset()))
                        .toList(),
                marks.stream()
                        .map(mark -> row(
                                "source", mark.source(),
                                "partition", mark.partition(),
                                "high_water_mark_ns", mark.markNanos(),
                                "time", time(mark.markNanos())))
                        .toList(),
                contents.counters().stream()
                        .map(count -> {
                            Map<String, @Nullable Object> row =
                                    row("source", count.source(), "partition", count.partition());
                            for (Counter counter : Counter.values()) {
                                row.put(counter.name().toLowerCase(Locale.ROOT), count.counters()[counter.ordinal()]);
                            }
                            return row;
                        })
                        .toList(),
                contents.ledger().stream()
                        .filter(row -> row.scope().equals(LedgerRow.INTERVAL))
                        .map(row -> row(
                                "interval", row.interval(),
                                "accepted", row.accepted(),
                                "published", row.published(),
                                "open", row.open(),
                                "residual", row.residual()))
                        .toList(),
                contents.transactions().stream()
                        .map(entry -> row(
                                "sink",
                                entry.uid(),
                                "subtask",
                                entry.subtask(),
                                "what",
                                entry.what(),
                                "state",
                                entry.text()))
                        .toList());
    }

    private static List<Map<String, @Nullable Object>> operators(
            Savepoint savepoint, Totals totals, SavepointContents.KeyedTotals keyed) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (OperatorInfo operator : savepoint.operators()) {
            if (operator.states().isEmpty()) {
                rows.add(operatorRow(operator, null, null, null));
            }
            for (StateInfo state : operator.states()) {
                Long elements = state.elements() < 0 ? null : state.elements();
                Long bytes = state.bytes() < 0 ? null : state.bytes();
                if (state.kind() == StateInfo.Kind.KEYED) {
                    elements = keyed.instruments();
                    bytes = totals.bytes;
                } else if (state.kind() == StateInfo.Kind.TIMERS) {
                    elements = state.name().contains("event") ? keyed.timers() : null;
                }
                rows.add(operatorRow(operator, state, elements, bytes));
            }
        }
        return rows;
    }

    private static Map<String, @Nullable Object> operatorRow(
            OperatorInfo operator, @Nullable StateInfo state, @Nullable Long elements, @Nullable Long bytes) {
        Map<String, @Nullable Object> row = row(
                "uid", operator.label(),
                "parallelism", operator.parallelism(),
                "max_parallelism", operator.maxParallelism(),
                "operator_bytes", operator.bytes());
        row.put("format", operator.format().toString());
        row.put("state", state == null ? null : state.name());
        row.put("kind", state == null ? null : state.kind().name().toLowerCase(Locale.ROOT));
        row.put("key", state == null || state.keySerializer() == null ? null : state.keyType());
        row.put("type", state == null ? null : state.type());
        row.put("elements", elements);
        row.put("bytes", bytes);
        return row;
    }

    private static Map<String, @Nullable Object> row(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return row;
    }

    private static @Nullable String time(long nanos) {
        return nanos == Long.MIN_VALUE || nanos == Long.MAX_VALUE
                ? null
                : Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS))
                        .toString();
    }

    private void section(String name, List<Map<String, @Nullable Object>> rows) {
        output().line("");
        output().line(name + (rows.isEmpty() ? ": none" : ""));
        if (!rows.isEmpty()) {
            table(rows);
        }
    }

    private void table(List<Map<String, @Nullable Object>> rows) {
        if (rows.isEmpty()) {
            return;
        }
        List<Column> columns = rows.get(0).entrySet().stream()
                .map(entry -> new Column(entry.getKey(), entry.getValue() instanceof Number))
                .toList();
        try (Output.Table table = output().table(columns)) {
            rows.forEach(row -> table.row(new ArrayList<>(row.values())));
        }
    }

    /** What all instruments hold together. */
    private static final class Totals {
        private long windows;
        private long ids;
        private long fingerprints;
        private long panes;
        private long minutes;
        private long bytes;
        private long purgeMarkNanos = Long.MIN_VALUE;
        private long advancedToMillis = Long.MIN_VALUE;

        void add(String key, InstrumentState state, List<Long> timers) throws Exception {
            windows += state.windowCount();
            ids += state.idCount();
            fingerprints += state.fingerprintCount();
            panes += state.paneCount();
            minutes += state.minuteCount();
            purgeMarkNanos = Math.max(purgeMarkNanos, state.purgeMarkNanos());
            advancedToMillis = Math.max(advancedToMillis, state.advancedToMillis());
            bytes += state.bytes();
        }
    }

    /** An engine that only looks: of its settings the intervals are all that is asked for. */
    private static MarketEngine engine(InstrumentState state) {
        return new MarketEngine(EngineSettings.defaults().withIntervals(state.intervals()), NOTHING);
    }

    private static final EngineOutput NOTHING = new EngineOutput() {
        @Override
        public void candle(Candle candle) {}

        @Override
        public void vwap(VwapRow row) {}

        @Override
        public void event(QualityEvent event) {}

        @Override
        public void report(MinuteReport report) {}
    };

    private ExitCode instrument(SavepointContents contents, String wanted) {
        List<Map<String, @Nullable Object>> found = new ArrayList<>();
        List<Map<String, @Nullable Object>> candles = new ArrayList<>();
        contents.forEachInstrument((key, state, timers) -> {
            if (!state.symbol().equals(wanted)
                    || (venue != null && !state.venue().equals(venue))) {
                return;
            }
            List<Map<String, @Nullable Object>> own = open(state);
            candles.addAll(own);
            Map<String, @Nullable Object> row = row(
                    "venue", state.venue(),
                    "symbol", state.symbol(),
                    "price_scale", state.priceScale(),
                    "size_scale", state.sizeScale(),
                    "windows", state.windowCount(),
                    "ids", state.idCount(),
                    "payloads", state.fingerprintCount(),
                    "vwap_panes", state.paneCount(),
                    "open_minutes", state.minuteCount());
            row.put("feed", state.feedName());
            row.put("purge_mark_ns", state.purgeMarkNanos() == Long.MIN_VALUE ? null : state.purgeMarkNanos());
            row.put("watermark_ms", state.advancedToMillis() == Long.MIN_VALUE ? null : state.advancedToMillis());
            row.put("timers_ms", timers);
            if (output().format() == OutputFormat.JSON) {
                row.put("open_candles", own);
            }
            found.add(row);
        });
        if (found.isEmpty()) {
            throw CommandFailure.dataMismatch(
                    "the savepoint must hold an instrument with this symbol, has none (symbol=" + wanted
                            + (venue == null ? "" : ", venue=" + venue) + ")",
                    path,
                    "symbols are written as the input writes them");
        }
        switch (output().format()) {
            case JSON -> found.forEach(output()::record);
            case CSV -> table(candles);
            case TABLE -> {
                found.forEach(output()::record);
                section("open candles", candles);
            }
        }
        return ExitCode.OK;
    }

    private static List<Map<String, @Nullable Object>> open(InstrumentState state) {
        List<Candle> open = new ArrayList<>();
        engine(state).openCandles(state, open);
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Candle candle : open) {
            int scale = candle.priceScale();
            rows.add(row(
                    "venue", candle.venue(),
                    "interval", candle.interval().name(),
                    "start", String.valueOf(time(candle.startNanos())),
                    "open", Decimals.format(candle.openScaled(), scale),
                    "high", Decimals.format(candle.highScaled(), scale),
                    "low", Decimals.format(candle.lowScaled(), scale),
                    "close", Decimals.format(candle.closeScaled(), scale),
                    "volume", Decimals.format(candle.volume(), candle.sizeScale()),
                    "trades", candle.trades()));
        }
        return rows;
    }
}
