package dev.candlewick.batch.reconcile;

import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.connectors.kafka.published.PublishedSource;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeCheck;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.read.LakeReader;
import dev.candlewick.connectors.lake.read.ParquetTradeSource;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.CommitGroups;
import dev.candlewick.core.reconcile.ComparedLine;
import dev.candlewick.core.reconcile.Diagnoser;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.Evidence;
import dev.candlewick.core.reconcile.Finding;
import dev.candlewick.core.reconcile.GenerationRead;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.PartitionHistories;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.Side;
import dev.candlewick.core.reconcile.ValueDiffer;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.jobs.operators.Arrival;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.operators.LoggedRun;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.MarketDataPipeline;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * One reconciliation: checks the files, recomputes and compares in one bounded job, and looks for the causes of what differs.
 *
 * <p>The job lets through only keys that differ; all others are counted and forgotten, so its size goes with the archive and
 * the memory of this class with the differences.
 */
public final class ReconcileRun {
    private static final String VWAP = "vwap";

    private final ReconcileRequest request;
    private final Function<Configuration, StreamExecutionEnvironment> environments;
    private final Consumer<String> notes;
    private final LongConsumer progress;
    private final ResolvedConfiguration config;
    private final FeedRules rules;
    private final int priceScale;
    private final int sizeScale;
    private final TimeRange range;
    private final TimeRange tradeRange;
    private final @Nullable List<String> symbols;

    /**
     * A run.
     *
     * @param environments makes an environment with the given settings in addition to its own
     * @param notes receives lines for people
     * @param progress receives, now and then, how many differences were found
     */
    public ReconcileRun(
            ReconcileRequest request,
            Function<Configuration, StreamExecutionEnvironment> environments,
            Consumer<String> notes,
            LongConsumer progress) {
        this.request = request;
        this.environments = environments;
        this.notes = notes;
        this.progress = progress;
        this.config = request.config();
        this.rules = config.feedRules();
        LakeCatalog catalog = request.catalog();
        this.priceScale = catalog.scales().priceScale();
        this.sizeScale = catalog.scales().sizeScale();
        this.range = new TimeRange(request.fromNanos(), request.toNanos());
        this.tradeRange = range.widened(request.leadInNanos(), request.leadInNanos());
        List<String> wanted = config.get(CandlewickOptions.SYMBOLS);
        this.symbols = wanted.isEmpty() ? null : wanted;
    }

    /**
     * Checks, recomputes, compares, explains.
     *
     * @throws Exception where the lake or the topics cannot be read or the job fails
     */
    public ReconcileResult execute() throws Exception {
        List<Finding> findings = new ArrayList<>();
        List<LakeFile> trades = checked(LakeTable.TRADES, tradeRange, findings);
        List<LakeFile> candles = ofIntervals(checked(LakeTable.CANDLES, range, findings));
        List<LakeFile> vwap = checked(LakeTable.VWAP, range, findings);
        for (Finding finding : findings) {
            notes.accept(finding.code() + ": " + finding.detail());
        }
        boolean whole = findings.stream().noneMatch(finding -> finding.table().equals(LakeTable.TRADES.directory()));
        Configuration flink = flinkConfiguration();
        StreamExecutionEnvironment environment = environments.apply(flink);
        environment.setParallelism(config.parallelism());
        DataStream<SidedValue> all = graph(environment, trades, candles, vwap, whole);
        if (all == null) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "range must hold data, was empty in " + request.catalog().lake() + " (from " + request.fromNanos()
                            + " to " + request.toNanos() + " ns)");
        }
        List<String> groups = groups();
        CloseableIterator<Sides> found = all.keyBy(new ByText(), Types.STRING)
                .process(new CompareFunction(request.thresholdPartsPerBillion(), request.topics() != null, groups))
                .returns(Sides.TYPE)
                .uid("compare")
                .name("compare")
                .collectAsync();
        List<Difference> differences = new ArrayList<>();
        long notKept = 0;
        ValueDiffer differ = new ValueDiffer(request.thresholdPartsPerBillion(), request.topics() != null);
        JobClient job = environment.executeAsync();
        try (found) {
            while (found.hasNext()) {
                Sides sides = found.next();
                if (differences.size() >= request.differencesMax()) {
                    notKept++;
                    continue;
                }
                Difference difference = differ.compare(sides.topic(), sides.lake(), sides.truth());
                if (difference != null) {
                    differences.add(difference);
                    progress.accept(differences.size());
                }
            }
        }
        JobExecutionResult result = job.getJobExecutionResult().get();
        differences.sort(Comparator.comparing(Difference::key));
        List<LedgerRow> ledger = trades.isEmpty() ? List.of() : result.getAccumulatorResult(LedgerFunction.ACCUMULATOR);
        List<Difference> diagnosed = diagnose(differences, trades, candles, vwap, findings);
        return new ReconcileResult(
                request.run(),
                request.catalog().lake().toString(),
                request.catalog().version(),
                request.fromNanos(),
                request.toNanos(),
                config.get(CandlewickOptions.MODE).name(),
                config.late().name(),
                config.profileStamp(),
                request.topics() == null ? null : request.topics().topics().prefix(),
                request.thresholdPartsPerBillion(),
                request.lakeVersions(),
                request.versions(),
                generations(),
                compared(result, groups),
                diagnosed,
                notKept,
                findings,
                ledgerMaps(ledger));
    }

    // Files

    private List<LakeFile> checked(LakeTable table, TimeRange times, List<Finding> findings) {
        List<LakeFile> named = LakeReader.files(request.catalog(), table, times);
        LakeCheck.Result result = LakeCheck.check(request.catalog(), named);
        List<LakeFile> readable = new ArrayList<>();
        Set<String> changed = new HashSet<>();
        for (Finding finding : result.findings()) {
            if (finding.code() == Finding.Code.FILE_CHANGED) {
                changed.add(finding.partition() + '/' + finding.file());
            }
        }
        findings.addAll(result.findings());
        for (LakeFile file : result.readable()) {
            if (!changed.contains(file.partition() + '/' + file.path().getFileName()) || canBeRead(file, findings)) {
                readable.add(file);
            }
        }
        return readable;
    }

    /** Reads a file whose bytes are not those that were published, since a broken page would stop the whole job. */
    private boolean canBeRead(LakeFile file, List<Finding> findings) {
        try {
            if (file.table() == LakeTable.TRADES) {
                new ArchiveScan(config.engineSettings().dedupKey()).read(List.of(file), rules, TimeRange.ALL, null);
            } else {
                LakeRows.forEach(
                        file.path(), file.table(), rules, TimeRange.ALL, priceScale, sizeScale, symbols, value -> {});
            }
            return true;
        } catch (LakeException e) {
            findings.add(new Finding(
                    Finding.Code.FILE_BROKEN,
                    Cause.LOST_IN_ARCHIVE,
                    file.table().directory(),
                    file.partition(),
                    String.valueOf(file.path().getFileName()),
                    file.minTimeNanos(),
                    file.maxTimeNanos(),
                    file.rows(),
                    "file " + file.path().getFileName() + " of " + file.partition() + " cannot be read: "
                            + e.getMessage()));
            return false;
        }
    }

    private List<LakeFile> ofIntervals(List<LakeFile> candles) {
        List<String> names = new ArrayList<>();
        config.intervals().asList().forEach(interval -> names.add("/interval=" + interval.name() + "/"));
        return candles.stream()
                .filter(file -> names.stream().anyMatch((file.partition() + "/")::contains))
                .toList();
    }

    private List<GenerationRead> generations() {
        List<GenerationRead> read = new ArrayList<>();
        for (LakeTable table : List.of(LakeTable.TRADES, LakeTable.CANDLES, LakeTable.VWAP)) {
            TimeRange times = table == LakeTable.TRADES ? tradeRange : range;
            for (LakeManifest manifest : request.catalog().manifests(table)) {
                boolean inRange = manifest.files().stream().anyMatch(file -> {
                    Long min = file.minTimeNanos();
                    Long max = file.maxTimeNanos();
                    return min != null && max != null && times.overlaps(min, max);
                });
                if (inRange) {
                    read.add(new GenerationRead(
                            table.directory(), manifest.partition(), manifest.generation(), manifest.rows()));
                }
            }
        }
        return read;
    }

    // Job

    private Configuration flinkConfiguration() {
        Configuration flink = new Configuration();
        flink.set(
                ExecutionOptions.RUNTIME_MODE,
                config.get(CandlewickOptions.MODE) == RunMode.STREAMING
                        ? RuntimeExecutionMode.STREAMING
                        : RuntimeExecutionMode.BATCH);
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        flink.set(PipelineOptions.OBJECT_REUSE, true);
        flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        flink.set(PipelineOptions.GENERIC_TYPES, false);
        flink.set(PipelineOptions.NAME, "candlewick reconcile");
        flink.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, LoggedRun.in(config.asMap(), request.run()));
        return flink;
    }

    private List<String> groups() {
        List<String> groups = new ArrayList<>();
        config.intervals().asList().forEach(interval -> groups.add(interval.name()));
        groups.add(VWAP);
        return groups;
    }

    private @Nullable DataStream<SidedValue> graph(
            StreamExecutionEnvironment environment,
            List<LakeFile> trades,
            List<LakeFile> candles,
            List<LakeFile> vwap,
            boolean whole)
            throws IOException {
        List<DataStream<SidedValue>> streams = new ArrayList<>();
        if (!trades.isEmpty()) {
            streams.add(truth(environment, trades, whole));
        }
        if (!candles.isEmpty()) {
            streams.add(lake(environment, candles, LakeTable.CANDLES));
        }
        if (!vwap.isEmpty()) {
            streams.add(lake(environment, vwap, LakeTable.VWAP));
        }
        ReconcileRequest.Published topics = request.topics();
        if (topics != null && !topics.existing().isEmpty()) {
            streams.add(environment
                    .fromSource(
                            PublishedSource.of(
                                    topics.topics(),
                                    topics.existing(),
                                    topics.consumer(),
                                    priceScale,
                                    sizeScale,
                                    request.fromNanos(),
                                    request.toNanos(),
                                    symbols,
                                    SidedValue.VALUE_TYPE),
                            WatermarkStrategy.noWatermarks(),
                            "topics",
                            SidedValue.VALUE_TYPE)
                    .uid("topics")
                    .map(value -> new SidedValue(Side.TOPIC, value))
                    .returns(SidedValue.TYPE)
                    .uid("topics-sided")
                    .name("topics-sided"));
        }
        if (streams.isEmpty()) {
            return null;
        }
        DataStream<SidedValue> all = streams.get(0);
        for (DataStream<SidedValue> stream : streams.subList(1, streams.size())) {
            all = all.union(stream);
        }
        return all;
    }

    private DataStream<String> paths(StreamExecutionEnvironment environment, List<LakeFile> files, String name) {
        return environment
                .fromData(files.stream().map(file -> file.path().toString()).toList(), Types.STRING)
                .uid(name + "-files")
                .name(name + "-files")
                .setParallelism(1)
                .rebalance();
    }

    private DataStream<SidedValue> lake(StreamExecutionEnvironment environment, List<LakeFile> files, LakeTable table) {
        String name = "lake-" + table.directory();
        return paths(environment, files, name)
                .flatMap(new LakeRows.Values(table, rules, range, priceScale, sizeScale, symbols))
                .returns(SidedValue.TYPE)
                .uid(name)
                .name(name);
    }

    private DataStream<SidedValue> truth(StreamExecutionEnvironment environment, List<LakeFile> files, boolean whole)
            throws IOException {
        boolean streaming = config.get(CandlewickOptions.MODE) == RunMode.STREAMING;
        HighWaterWatermarks watermarks = HighWaterWatermarks.of(Duration.ofNanos(config.outOfOrdernessNanos()));
        SingleOutputStreamOperator<Decoded> decoded;
        PipelineSettings settings;
        ParquetTradeSource source = whole ? source(streaming) : null;
        if (source != null) {
            settings = config.pipelineSettings(
                            source.files().stream().map(InputFile::relativePath).toList(), true, false)
                    .over(streaming ? Arrival.ARCHIVED_IN_ORDER : Arrival.ARCHIVED, false);
            decoded = environment
                    .fromSource(source, watermarks, "trades", RecordType.DECODED)
                    .uid(Uids.SOURCE)
                    .setParallelism(streaming ? 1 : Math.min(config.parallelism(), source.parallelismMax()));
        } else {
            // The files that are left; the source of whole lakes would stop at the first broken one.
            settings = config.pipelineSettings(List.of("lake"), true, false).over(Arrival.ARCHIVED, false);
            decoded = paths(environment, files, "trades")
                    .flatMap(new LakeRows.Trades(files, rules, tradeRange))
                    .returns(RecordType.DECODED)
                    .uid("trades-rows")
                    .name("trades-rows")
                    .assignTimestampsAndWatermarks(watermarks)
                    .uid(Uids.SOURCE)
                    .name("trades");
        }
        environment.setMaxParallelism(settings.maxParallelism());
        return MarketDataPipeline.build(decoded, settings)
                .published()
                .flatMap(
                        new Truth(request.fromNanos(), request.toNanos(), priceScale, sizeScale, config.profileStamp()))
                .returns(SidedValue.TYPE)
                .uid("truth")
                .name("truth");
    }

    /** The source of whole lakes; null where a file out of the range is not what it should be. */
    private @Nullable ParquetTradeSource source(boolean sorted) throws IOException {
        try {
            return ParquetTradeSource.builder()
                    .catalog(request.catalog())
                    .rules(rules)
                    .range(tradeRange)
                    .sortedByEventTime(sorted)
                    .build();
        } catch (LakeException e) {
            notes.accept("out of the range: " + e.getMessage());
            return null;
        }
    }

    /** Recomputed candles and VWAP rows of the range. */
    private static final class Truth implements FlatMapFunction<Published, SidedValue> {
        private static final long serialVersionUID = 1L;

        private final long fromNanos;
        private final long toNanos;
        private final int priceScale;
        private final int sizeScale;
        private final String profile;

        Truth(long fromNanos, long toNanos, int priceScale, int sizeScale, String profile) {
            this.fromNanos = fromNanos;
            this.toNanos = toNanos;
            this.priceScale = priceScale;
            this.sizeScale = sizeScale;
            this.profile = profile;
        }

        @Override
        public void flatMap(Published published, Collector<SidedValue> out) {
            if (published instanceof Candle candle
                    && candle.startNanos() >= fromNanos
                    && candle.startNanos() < toNanos) {
                out.collect(new SidedValue(Side.TRUTH, ObservedValue.of(candle, priceScale, sizeScale, profile)));
            } else if (published instanceof VwapRow row && row.atNanos() >= fromNanos && row.atNanos() < toNanos) {
                out.collect(new SidedValue(Side.TRUTH, ObservedValue.of(row, priceScale, sizeScale, profile)));
            }
        }
    }

    /** The key's text. */
    private static final class ByText implements org.apache.flink.api.java.functions.KeySelector<SidedValue, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String getKey(SidedValue sided) {
            return sided.value().key().text();
        }
    }

    private static List<ComparedLine> compared(JobExecutionResult result, List<String> groups) {
        List<ComparedLine> lines = new ArrayList<>();
        for (String group : groups) {
            lines.add(new ComparedLine(
                    group,
                    count(result, group, "truth"),
                    count(result, group, "lake"),
                    count(result, group, "topic"),
                    count(result, group, "equal")));
        }
        return lines;
    }

    private static long count(JobExecutionResult result, String group, String what) {
        Long count = result.getAccumulatorResult(CompareFunction.accumulator(group, what));
        return count == null ? 0 : count;
    }

    private static List<Map<String, @Nullable Object>> ledgerMaps(List<LedgerRow> ledger) {
        List<Map<String, @Nullable Object>> maps = new ArrayList<>();
        for (LedgerRow row : ledger) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("scope", row.scope());
            map.put("read_partition", row.readPartition());
            map.put("interval", row.interval());
            map.put("read", row.read());
            map.put("filtered", row.filtered());
            map.put("rejected", row.rejected());
            map.put("duplicate", row.duplicate());
            map.put("late", row.late());
            map.put("accepted", row.accepted());
            map.put("published", row.published());
            map.put("open", row.open());
            map.put("residual", row.residual());
            maps.add(map);
        }
        return maps;
    }

    // Causes

    private List<Difference> diagnose(
            List<Difference> differences,
            List<LakeFile> trades,
            List<LakeFile> candles,
            List<LakeFile> vwap,
            List<Finding> findings) {
        long missing = missingRows();
        if (differences.isEmpty() && missing >= 0) {
            return differences;
        }
        Interval finest = config.intervals().finest();
        ArchiveScan scan = new ArchiveScan(config.engineSettings().dedupKey());
        for (Difference difference : differences) {
            Interval interval = difference.key().interval();
            if (interval != null && interval.nanos() == finest.nanos()) {
                scan.want(difference.key());
            }
        }
        PartitionHistories histories = new PartitionHistories();
        scan.read(trades, rules, tradeRange, ArchiveScan.into(histories));
        if (!request.catalog().isStreaming()) {
            // A restored streaming job may have written a row twice, which readers leave out.
            for (PartitionHistories.Doubled doubled : histories.doubled()) {
                findings.add(new Finding(
                        Finding.Code.ROWS_DOUBLED,
                        Cause.DUPLICATE,
                        LakeTable.TRADES.directory(),
                        "",
                        null,
                        doubled.fromNanos(),
                        doubled.toNanos(),
                        doubled.rows(),
                        doubled.rows() + " rows of " + doubled.partition()
                                + " stand in the archive more than once, by their read positions"));
            }
        }
        if (histories.findHoles()) {
            new ArchiveScan(config.engineSettings().dedupKey())
                    .read(
                            trades,
                            rules,
                            tradeRange,
                            (partition, offset, trade) -> histories.neighbour(partition, offset, trade.eventTimeNanos));
        }
        Map<String, Long> missingValid = missingValid(trades, histories);
        Evidence evidence = new Evidence(
                finest,
                config.outOfOrdernessNanos(),
                config.engineSettings().allowedLatenessNanos(),
                request.idleTimeoutNanos(),
                request.discoveryNanos(),
                config.engineSettings().dedupKey(),
                config.profileStamp(),
                request.runProfile(),
                request.lakeVersions(),
                request.versions(),
                findings,
                histories,
                missingValid,
                commits(differences, candles, vwap));
        Diagnoser diagnoser = new Diagnoser(evidence);
        List<Difference> diagnosed = new ArrayList<>();
        List<Difference> coarse = new ArrayList<>();
        for (Difference difference : differences) {
            Interval interval = difference.key().interval();
            if (interval != null && interval.nanos() == finest.nanos()) {
                diagnosed.add(diagnoser.diagnose(difference, scan.trades(difference.key())));
            } else {
                coarse.add(difference);
            }
        }
        ArchiveScan wide = new ArchiveScan(config.engineSettings().dedupKey());
        for (Difference difference : coarse) {
            if (diagnoser.needsTrades(difference)) {
                wide.want(difference.key());
            }
        }
        if (!wide.isEmpty()) {
            wide.read(trades, rules, tradeRange, null);
        }
        // Coarser candles by length and time, VWAP rows last: what stands before explains what follows.
        for (Difference difference : coarse) {
            diagnosed.add(diagnoser.diagnose(difference, wide.trades(difference.key())));
        }
        diagnosed.sort(Comparator.comparing(Difference::key));
        return diagnosed;
    }

    /** Valid messages of the run's double entry minus archived rows; 0 where the run published none. */
    private long missingRows() {
        long valid = 0;
        boolean any = false;
        for (dev.candlewick.connectors.lake.LedgerRow row : request.catalog().ledger()) {
            if (row.scope().equals(LedgerRow.PARTITION)) {
                valid += valid(row);
                any = true;
            }
        }
        long rows = request.catalog().manifests(LakeTable.TRADES).stream()
                .mapToLong(LakeManifest::rows)
                .sum();
        return any ? valid - rows : 0;
    }

    private static long valid(dev.candlewick.connectors.lake.LedgerRow row) {
        return number(row.read()) - number(row.filtered()) - number(row.rejected());
    }

    private static long number(@Nullable Long value) {
        return value == null ? 0 : value;
    }

    /** By partition, how many valid messages the double entry counts beyond the archive; only where all of it was read. */
    private Map<String, Long> missingValid(List<LakeFile> read, PartitionHistories histories) {
        Map<String, Long> missing = new TreeMap<>();
        boolean whole = tradeRange.isAll()
                || request.catalog().files(LakeTable.TRADES).stream().allMatch(file -> {
                    Long min = file.minTimeNanos();
                    Long max = file.maxTimeNanos();
                    return read.contains(file)
                            && min != null
                            && max != null
                            && tradeRange.contains(min)
                            && tradeRange.contains(max);
                });
        if (!whole) {
            return missing;
        }
        Map<String, Long> doubled = new HashMap<>();
        histories.doubled().forEach(own -> doubled.put(own.partition(), own.rows()));
        Map<String, Long> rows = histories.rows();
        for (dev.candlewick.connectors.lake.LedgerRow row : request.catalog().ledger()) {
            String partition = row.readPartition();
            if (row.scope().equals(LedgerRow.PARTITION) && partition != null) {
                String name = rows.containsKey(partition) ? partition : partition + "/0";
                missing.put(name, valid(row) - rows.getOrDefault(name, 0L) + doubled.getOrDefault(name, 0L));
            }
        }
        return missing;
    }

    /** What the lake knows around values that the topic lacks. */
    private CommitGroups commits(List<Difference> differences, List<LakeFile> candles, List<LakeFile> vwap) {
        CommitGroups commits = new CommitGroups();
        if (request.topics() == null) {
            return commits;
        }
        Map<ReconcileKey, Long> lastInTopic = new HashMap<>();
        Set<String> instruments = new HashSet<>();
        for (Difference difference : differences) {
            ObservedValue topic = difference.topic();
            ObservedValue lake = difference.lake();
            if (lake != null && (topic == null || topic.revision() < lake.revision())) {
                lastInTopic.put(difference.key(), topic == null ? -1 : topic.revision());
                instruments.add(difference.key().instrument());
            }
        }
        if (instruments.isEmpty()) {
            return commits;
        }
        List<LakeFile> files = new ArrayList<>(candles);
        files.addAll(vwap);
        for (LakeFile file : files) {
            LakeRows.forEach(file.path(), file.table(), rules, range, priceScale, sizeScale, symbols, value -> {
                if (instruments.contains(value.key().instrument())) {
                    Long last = lastInTopic.get(value.key());
                    commits.add(value.key(), value.knownAtNanos(), last != null && last < value.revision());
                }
            });
        }
        return commits;
    }
}
