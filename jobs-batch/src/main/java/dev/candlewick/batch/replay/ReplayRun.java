package dev.candlewick.batch.replay;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.core.metric.LogField;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.operators.Uids;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.slf4j.MDC;

/**
 * One bounded run over a file, a folder or the trades of a lake into a new version of a lake.
 *
 * <p>Files are staged by the job and published by this class after the job has finished, so that a run that fails or is
 * killed leaves nothing that a reader sees. A failed job is not restarted: running again is cheaper than proving that a
 * half-written stage is whole.
 */
public final class ReplayRun {
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
        BoundedJob.Input opened = input.open(rules);
        TimeRange range = ReplayInput.range(config);
        boolean archive = config.archive() && !input.isLake();
        String name = RUN_NAME.format(Clock.systemUTC().instant()) + "-"
                + Long.toHexString(ProcessHandle.current().pid());
        LakeScales scales = LakeScales.covering(config.lakePriceScale(), config.lakeSizeScale());
        try (MDC.MDCCloseable line = MDC.putCloseable(LogField.RUN.key(), name);
                LakeRun run = LakeRun.bounded(lake, name, scales, Clock.systemUTC(), notes)) {
            LakeTarget target = run.target(opened.names(), config.profileStamp(), BoundedJob::knownAtNanos);
            BoundedJob.Result result = job("candlewick replay")
                    .run(opened, new BoundedJob.Selection(range, false, archive, true, true, Set.of()), rules, target);
            LakeCatalog published = LakePublisher.publish(
                    run,
                    new RunReport(
                            versions,
                            config.asMap(),
                            opened.names(),
                            result.counts(),
                            dev.candlewick.connectors.lake.LedgerRow.of(result.ledger()),
                            result.rows()),
                    digester);
            return new ReplayResult(published, result.ledger(), result.counts(), result.duration());
        }
    }

    private BoundedJob job(String name) {
        return new BoundedJob(config, name, environments, progress);
    }

    /** The feed's rules, narrowed to a sample of whole instruments where one is asked for. */
    private FeedRules rules(ReplayInput input) throws Exception {
        FeedRules rules = config.feedRules();
        if (config.sample().isEmpty()) {
            return rules;
        }
        BoundedJob job = job("candlewick sample");
        Configuration flink = job.flinkConfiguration();
        flink.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
        StreamExecutionEnvironment environment = environments.apply(flink);
        environment.setParallelism(1);
        List<String> symbols = new ArrayList<>();
        try (CloseableIterator<String> found = job.source(environment, input.open(rules))
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
}
