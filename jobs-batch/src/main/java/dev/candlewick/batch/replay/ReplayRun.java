package dev.candlewick.batch.replay;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeOutputs;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.jobs.operators.Arrival;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.operators.OutletFunction;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.StampFunction;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.MarketDataPipeline;
import dev.candlewick.jobs.pipeline.PipelineOutputs;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
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
import org.apache.flink.util.CloseableIterator;

/**
 * One bounded run over a file, a folder or the trades of a lake into a new version of a lake.
 *
 * <p>Files are staged by the job and published by this class after the job has finished, so that a run that fails or is
 * killed leaves nothing that a reader sees. A failed job is not restarted: running again is cheaper than proving that a
 * half-written stage is whole.
 */
public final class ReplayRun {
    private static final long PROGRESS_MILLIS = 500;
    private static final DateTimeFormatter RUN_NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

    private final ResolvedConfiguration config;
    private final Function<Configuration, StreamExecutionEnvironment> environments;
    private final LakePublisher.Digester digester;
    private final Consumer<String> notes;
    private final LongConsumer progress;

    /**
     * A run.
     *
     * @param environments makes an environment with the given settings in addition to its own
     * @param digester takes the digests of the comparable outputs
     * @param notes receives lines for people
     * @param progress receives, now and then, how many messages were read
     */
    public ReplayRun(
            ResolvedConfiguration config,
            Function<Configuration, StreamExecutionEnvironment> environments,
            LakePublisher.Digester digester,
            Consumer<String> notes,
            LongConsumer progress) {
        this.config = config;
        this.progress = progress;
        this.environments = environments;
        this.digester = digester;
        this.notes = notes;
    }

    /**
     * Reads, computes, publishes.
     *
     * @param versions versions of the program and of what it runs on, for {@code run.json}
     * @throws Exception where the input cannot be read, the job fails or the result cannot be published
     */
    public ReplayResult execute(Map<String, String> versions) throws Exception {
        Path lake = Path.of(config.lake().orElseThrow());
        ReplayInput input = ReplayInput.of(config);
        FeedRules rules = rules(input);
        ReplayInput.Opened opened = input.open(rules);
        List<String> sources = opened.sources();
        TimeRange range = ReplayInput.range(config);
        boolean archive = config.archive() && !input.isLake();
        String name = RUN_NAME.format(Clock.systemUTC().instant()) + "-"
                + Long.toHexString(ProcessHandle.current().pid());
        LakeScales scales = LakeScales.covering(config.lakePriceScale(), config.lakeSizeScale());
        try (LakeRun run = LakeRun.bounded(lake, name, scales, Clock.systemUTC(), notes)) {
            LakeTarget target = run.target(sources, config.profileStamp(), ReplayRun::knownAtNanos);
            StreamExecutionEnvironment environment = environments.apply(flinkConfiguration());
            build(environment, opened, input.arrival(), archive, range, rules, target);
            Instant started = Clock.systemUTC().instant();
            JobExecutionResult result = await(environment.executeAsync());
            Duration duration = Duration.between(started, Clock.systemUTC().instant());
            List<LedgerRow> ledger = result.getAccumulatorResult(LedgerFunction.ACCUMULATOR);
            Map<String, Long> counts = counts(result);
            Map<LakeTable, Long> rows =
                    range.isAll() ? expectedRows(ledger, counts, archive) : rowsInRange(result, archive);
            LakeCatalog published = LakePublisher.publish(
                    run,
                    new RunReport(
                            versions,
                            config.asMap(),
                            sources,
                            counts,
                            dev.candlewick.connectors.lake.LedgerRow.of(ledger),
                            rows),
                    digester);
            return new ReplayResult(published, ledger, counts, duration);
        }
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
            }
        }
    }

    private static long knownAtNanos() {
        Instant now = Clock.systemUTC().instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    private Configuration flinkConfiguration() {
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
        flink.set(PipelineOptions.NAME, "candlewick replay");
        flink.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, config.asMap());
        return flink;
    }

    private void build(
            StreamExecutionEnvironment environment,
            ReplayInput.Opened input,
            Arrival arrival,
            boolean archive,
            TimeRange range,
            FeedRules rules,
            LakeTarget target) {
        boolean streaming = config.mode() == RunMode.STREAMING;
        PipelineSettings settings =
                config.pipelineSettings(target.sources(), true, false).over(arrival, archive);
        environment.setParallelism(config.parallelism());
        environment.setMaxParallelism(settings.maxParallelism());
        SingleOutputStreamOperator<Decoded> decoded = source(environment, input)
                .uid(Uids.SOURCE)
                .setParallelism(streaming ? 1 : Math.min(config.parallelism(), input.readersMax()));
        PipelineOutputs outputs = MarketDataPipeline.build(decoded, settings);
        DataStream<Published> published = outputs.published();
        DataStream<Rejected> rejected = outputs.rejected();
        DataStream<Trade> archived = archive ? outputs.archive() : null;
        if (!range.isAll()) {
            published = published
                    .filter(new RangeFilter.Values(range))
                    .uid("range-published")
                    .name("range-published");
            rejected = rejected.filter(
                            new RangeFilter.Rejections(range, rules.eventTimeMinNanos(), rules.eventTimeMaxNanos()))
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
                rejected,
                settings.engine().quality().enabled(),
                archived,
                rules.eventTimeMinNanos(),
                rules.eventTimeMaxNanos());
    }

    private DataStreamSource<Decoded> source(StreamExecutionEnvironment environment, ReplayInput.Opened input) {
        return environment.fromSource(
                input.source(),
                HighWaterWatermarks.of(Duration.ofNanos(config.outOfOrdernessNanos())),
                "files",
                RecordType.DECODED);
    }

    /** The feed's rules, narrowed to a sample of whole instruments where one is asked for. */
    private FeedRules rules(ReplayInput input) throws Exception {
        FeedRules rules = config.feedRules();
        if (config.sample().isEmpty()) {
            return rules;
        }
        Configuration flink = flinkConfiguration();
        flink.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
        flink.set(PipelineOptions.NAME, "candlewick sample");
        StreamExecutionEnvironment environment = environments.apply(flink);
        environment.setParallelism(1);
        List<String> symbols = new ArrayList<>();
        try (CloseableIterator<String> found = source(environment, input.open(rules))
                .uid(Uids.SOURCE)
                .flatMap(new SymbolSample.Distinct())
                .returns(Types.STRING)
                .uid("symbols")
                .executeAndCollect()) {
            found.forEachRemaining(symbols::add);
        }
        List<String> picked = SymbolSample.pick(symbols, config.sample().get());
        notes.accept("sample: " + picked.size() + " of " + symbols.size() + " symbols: "
                + picked.stream().map(TextEscapes::value).toList());
        return rules.withSelectedSymbols(picked);
    }

    /** What the files must hold of a range. */
    private static Map<LakeTable, Long> rowsInRange(JobExecutionResult result, boolean archive) {
        Map<LakeTable, Long> rows = new EnumMap<>(LakeTable.class);
        Map<String, Object> all = new HashMap<>(result.getAllAccumulatorResults());
        for (LakeTable table : LakeTable.values()) {
            boolean written = table != LakeTable.DAILY && (archive || table != LakeTable.TRADES);
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
}
