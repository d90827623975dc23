package dev.candlewick.batch.replay;

import dev.candlewick.connectors.lake.LakeOutputs;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.jobs.operators.Arrival;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.operators.LoggedRun;
import dev.candlewick.jobs.operators.OutletFunction;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.StampFunction;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.MarketDataPipeline;
import dev.candlewick.jobs.pipeline.PipelineOutputs;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * One job of the graph between a bounded source and the staging of a lake run; not safe for threads.
 *
 * <p>A failed job is not restarted: running again is cheaper than proving that a half-written stage is whole. Nothing is
 * published here.
 */
public final class BoundedJob {
    private static final long PROGRESS_MILLIS = 500;

    private final ResolvedConfiguration config;
    private final String name;
    private final Function<Configuration, StreamExecutionEnvironment> environments;
    private final LongConsumer progress;

    /**
     * A job.
     *
     * @param name of the job
     * @param environments makes an environment with the given settings in addition to its own
     * @param progress receives, now and then, how many messages were read
     */
    public BoundedJob(
            ResolvedConfiguration config,
            String name,
            Function<Configuration, StreamExecutionEnvironment> environments,
            LongConsumer progress) {
        this.config = config;
        this.name = name;
        this.environments = environments;
        this.progress = progress;
    }

    /**
     * What a job reads.
     *
     * @param source gives decoded messages
     * @param names of its files by their ordinals
     * @param readersMax how many readers find something to do in BATCH
     * @param arrival what the input says about the order of arrival
     */
    public record Input(Source<Decoded, ?, ?> source, List<String> names, int readersMax, Arrival arrival) {
        /** Copies the list. */
        public Input {
            names = List.copyOf(names);
        }
    }

    /**
     * Which part of what a job finds is written.
     *
     * @param range of event times
     * @param byStart whether candles and reports belong to the range by their start; else by lying in it wholly
     * @param archive whether valid trades are written
     * @param rejected whether rejected messages are written
     * @param withVenueEvents whether quality events about whole venues are written
     * @param withoutSymbols symbols that are not even read
     */
    public record Selection(
            TimeRange range,
            boolean byStart,
            boolean archive,
            boolean rejected,
            boolean withVenueEvents,
            Set<String> withoutSymbols) {
        /** Copies the set. */
        public Selection {
            withoutSymbols = Set.copyOf(withoutSymbols);
        }
    }

    /**
     * What a job did.
     *
     * @param ledger the lines of the double entry
     * @param counts rows published and messages rejected by reason, by name
     * @param rows rows sent to each table
     * @param duration of the job
     */
    public record Result(
            List<LedgerRow> ledger, Map<String, Long> counts, Map<LakeTable, Long> rows, Duration duration) {
        /** Messages read. */
        public long read() {
            return ledger.stream().mapToLong(LedgerRow::read).sum();
        }

        /** Sum of the magnitudes of all residuals; zero where nothing was lost or made. */
        public long residual() {
            return Ledger.residual(ledger);
        }
    }

    /**
     * Runs to the end.
     *
     * @throws Exception where the job fails
     */
    public Result run(Input input, Selection selection, FeedRules rules, LakeTarget target) throws Exception {
        Configuration flink = flinkConfiguration();
        flink.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, LoggedRun.in(config.asMap(), target.run()));
        StreamExecutionEnvironment environment = environments.apply(flink);
        build(environment, input, selection, rules, target);
        Instant started = Clock.systemUTC().instant();
        JobExecutionResult result = await(environment.executeAsync());
        Duration duration = Duration.between(started, Clock.systemUTC().instant());
        List<LedgerRow> ledger = result.getAccumulatorResult(LedgerFunction.ACCUMULATOR);
        Map<String, Long> counts = counts(result);
        Map<LakeTable, Long> rows = isFiltered(selection)
                ? filteredRows(result, selection)
                : expectedRows(ledger, counts, selection.archive());
        return new Result(ledger, counts, rows, duration);
    }

    private static boolean isFiltered(Selection selection) {
        return !selection.range().isAll() || !selection.withVenueEvents();
    }

    /** Waits for the end and tells now and then how many messages were read. */
    private JobExecutionResult await(JobClient client) throws Exception {
        CompletableFuture<JobExecutionResult> end = client.getJobExecutionResult();
        while (true) {
            try {
                return end.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                client.getAccumulators().whenComplete((values, failure) -> {
                    if (values != null && values.get(StampFunction.READ) instanceof Long read) {
                        progress.accept(read);
                    }
                });
            } catch (InterruptedException e) {
                client.cancel();
                throw e;
            }
        }
    }

    /** Settings of the job and of Flink for it. */
    Configuration flinkConfiguration() {
        Configuration flink = new Configuration();
        flink.set(
                ExecutionOptions.RUNTIME_MODE,
                config.mode() == RunMode.BATCH ? RuntimeExecutionMode.BATCH : RuntimeExecutionMode.STREAMING);
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        flink.set(
                StateBackendOptions.STATE_BACKEND,
                config.get(CandlewickOptions.STATE_BACKEND).name().toLowerCase(Locale.ROOT));
        flink.set(PipelineOptions.OBJECT_REUSE, true);
        flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        flink.set(PipelineOptions.GENERIC_TYPES, false);
        flink.set(PipelineOptions.NAME, name);
        flink.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, config.asMap());
        return flink;
    }

    private void build(
            StreamExecutionEnvironment environment,
            Input input,
            Selection selection,
            FeedRules rules,
            LakeTarget target) {
        boolean streaming = config.mode() == RunMode.STREAMING;
        PipelineSettings settings =
                config.pipelineSettings(target.sources(), true, false).over(input.arrival(), selection.archive());
        environment.setParallelism(config.parallelism());
        environment.setMaxParallelism(settings.maxParallelism());
        SingleOutputStreamOperator<Decoded> decoded = source(environment, input)
                .uid(Uids.SOURCE)
                .setParallelism(streaming ? 1 : Math.min(config.parallelism(), input.readersMax()));
        if (!selection.withoutSymbols().isEmpty()) {
            decoded = decoded.filter(new SymbolFilter(selection.withoutSymbols()))
                    .uid("symbols")
                    .name("symbols")
                    .setParallelism(decoded.getParallelism());
        }
        PipelineOutputs outputs = MarketDataPipeline.build(decoded, settings);
        DataStream<Published> published = outputs.ofInstruments();
        DataStream<Published> venues = outputs.ofVenues();
        DataStream<Rejected> rejected = selection.rejected() ? outputs.rejected() : null;
        DataStream<Trade> archived = selection.archive() ? outputs.archive() : null;
        if (isFiltered(selection)) {
            TimeRange range = selection.range();
            published = published
                    .filter(new RangeFilter.Values(range, selection.byStart(), selection.withVenueEvents()))
                    .uid("range-published")
                    .name("range-published");
            venues = venues.filter(new RangeFilter.Values(range, selection.byStart(), selection.withVenueEvents()))
                    .uid("range-venues")
                    .name("range-venues")
                    .setParallelism(1);
            rejected = rejected == null
                    ? null
                    : rejected.filter(new RangeFilter.Rejections(
                                    range, rules.eventTimeMinNanos(), rules.eventTimeMaxNanos()))
                            .uid("range-rejected")
                            .name("range-rejected");
            archived = archived == null
                    ? null
                    : archived.filter(new RangeFilter.Trades(range))
                            .uid("range-trades")
                            .name("range-trades");
        }
        LakeOutputs.attach(
                target,
                published,
                venues,
                rejected,
                settings.engine().quality().enabled(),
                archived,
                rules.eventTimeMinNanos(),
                rules.eventTimeMaxNanos());
    }

    DataStreamSource<Decoded> source(StreamExecutionEnvironment environment, Input input) {
        return environment.fromSource(
                input.source(),
                HighWaterWatermarks.of(Duration.ofNanos(config.outOfOrdernessNanos())),
                "files",
                RecordType.DECODED);
    }

    /** What the files must hold of a selection. */
    private static Map<LakeTable, Long> filteredRows(JobExecutionResult result, Selection selection) {
        Map<LakeTable, Long> rows = new EnumMap<>(LakeTable.class);
        Map<String, Object> all = new HashMap<>(result.getAllAccumulatorResults());
        for (LakeTable table : LakeTable.values()) {
            boolean written = switch (table) {
                case DAILY -> false;
                case TRADES -> selection.archive();
                case REJECTED -> selection.rejected();
                default -> true;
            };
            if (written) {
                rows.put(table, all.get(RangeFilter.PREFIX + table.directory()) instanceof Long count ? count : 0L);
            }
        }
        return rows;
    }

    private static Map<String, Long> counts(JobExecutionResult result) {
        Map<String, Long> counts = new TreeMap<>();
        List<String> names = new ArrayList<>(
                List.of(OutletFunction.CANDLE_ROWS, OutletFunction.VWAP_ROWS, OutletFunction.REPORT_ROWS));
        names.addAll(OutletFunction.eventAccumulators());
        for (Reason reason : Reason.values()) {
            names.add("rejected." + reason.name());
        }
        Map<String, Object> all = new HashMap<>(result.getAllAccumulatorResults());
        for (String name : names) {
            counts.put(name, all.get(name) instanceof Long count ? count : 0L);
        }
        return counts;
    }

    /** What the files must hold: a sink that loses a row is found before anything is published. */
    private static Map<LakeTable, Long> expectedRows(
            List<LedgerRow> ledger, Map<String, Long> counts, boolean archive) {
        Map<LakeTable, Long> rows = new EnumMap<>(LakeTable.class);
        rows.put(LakeTable.CANDLES, counts.getOrDefault(OutletFunction.CANDLE_ROWS, 0L));
        rows.put(LakeTable.VWAP, counts.getOrDefault(OutletFunction.VWAP_ROWS, 0L));
        rows.put(LakeTable.REPORTS, counts.getOrDefault(OutletFunction.REPORT_ROWS, 0L));
        rows.put(
                LakeTable.QUALITY,
                OutletFunction.eventAccumulators().stream()
                        .mapToLong(name -> counts.getOrDefault(name, 0L))
                        .sum());
        rows.put(
                LakeTable.REJECTED,
                ledger.stream().mapToLong(LedgerRow::rejected).sum());
        if (archive) {
            rows.put(
                    LakeTable.TRADES,
                    ledger.stream()
                            .mapToLong(row -> row.read() - row.filtered() - row.rejected())
                            .sum());
        }
        return rows;
    }

    /** Now, for the known-at column of every row. */
    public static long knownAtNanos() {
        Instant now = Clock.systemUTC().instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }
}
