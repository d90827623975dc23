package dev.candlewick.local.job;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.InputFormat;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.OutputTopics;
import dev.candlewick.local.broker.BrokerStartException;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.produce.ReplayedStream;
import dev.candlewick.local.produce.SimulatedStream;
import dev.candlewick.local.produce.TopicFeed;
import dev.candlewick.local.produce.TradeStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.util.TimeUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.logging.log4j.LogManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Everything in one process that leaves nothing behind: a real broker, Flink with its web UI, and the streaming job on
 * trades that happen now.
 */
@Command(
        name = "demo",
        description = {
            "Show it at work: a real Kafka broker, Flink with its web UI and the streaming job in this process, on simulated"
                    + " trades, or with --input on real ones moved to the present.",
            "",
            "Ctrl-C ends it; broker and checkpoints live in a temporary folder that is removed. With --for it ends by"
                    + " itself, with exit code 0 if final candles came and 5 if not."
        })
public final class DemoCommand extends CandlewickCommand {

    private static final int SIMULATED_PARALLELISM = 2;
    private static final int SYMBOLS_SIMULATED = 10;
    private static final int VENUES_SIMULATED = 2;
    private static final int RATE_MAX = 100_000;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);

    /**
     * A broker remembers the id of each transaction that has ended for seven days, and what its producer wrote to each
     * partition for one, in case somebody goes on there. After a demo nobody does, and with a checkpoint every two seconds
     * that would be the part of its memory that grows. Nor does it ever come back from a kill, which is what short sessions
     * are for: a machine that stands still for some seconds shall not make the only broker count as lost.
     */
    private static final Map<String, String> BROKER = Map.of(
            "transactional.id.expiration.ms", "600000",
            "transaction.remove.expired.transaction.cleanup.interval.ms", "60000",
            "producer.id.expiration.ms", "600000",
            "broker.session.timeout.ms", "60000",
            "producer.id.expiration.check.interval.ms", "60000");

    private static final Duration ANY_FUTURE = Duration.ofDays(3_660);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final int RESTART_ATTEMPTS = 3;
    private static final int CANDLES_SHOWN = 5;
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,9} ?(ms|s|m|min|h)");
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(names = "--input", paramLabel = "P", description = "Real trades: file or folder; .gz by its name.")
    private @Nullable Path input;

    @Option(names = "--speed", paramLabel = "10x", description = "Faster than life; with --input (default: 1x).")
    private @Nullable String speed;

    @Option(names = "--rate", paramLabel = "N", description = "Simulated trades a second (default: 200).")
    private @Nullable Integer rate;

    @Option(names = "--seed", paramLabel = "N", description = "Decides the simulated trades (default: 1).")
    private @Nullable Long seed;

    @Option(
            names = "--faults",
            paramLabel = "RATES",
            description = "In simulated trades: none, default, a total as 5%%, or kinds as gap=1%%,late=0.5%%; switched"
                    + " while it runs by a line as: faults 5%% (default: ${DEFAULT-VALUE}).")
    private String faults = "none";

    @Option(names = "--firehose", description = "Send 49 order messages with each simulated trade.")
    private boolean firehose;

    @Option(
            names = "--for",
            paramLabel = "60s",
            description = "End by itself so long after the job runs (default: at Ctrl-C).")
    private @Nullable String length;

    @Option(names = "--headless", description = "For scripts: web UI on any free port, no hints.")
    private boolean headless;

    private final long startNanos = System.nanoTime();
    private final Map<String, Double> milestones = new LinkedHashMap<>();

    @Override
    protected ExitCode run() {
        try {
            return demo();
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }

    private ExitCode demo() throws Exception {
        long runNanos = length == null ? Long.MAX_VALUE : duration(length).toNanos();
        // Faults of the options must show before anything is started.
        TradeStream replayed = replayed();
        ResolvedConfiguration checked = configuration(replayed, Path.of("unknown"), "unknown:1");
        TradeStream trades = replayed == null ? simulated(checked) : replayed;
        // Begun while the process ends, logging would complain.
        LogManager.getContext(false);
        try (Interruption interruption = Interruption.watch(() -> {})) {
            try {
                return demo(replayed, trades, runNanos, interruption);
            } catch (Exception e) {
                if (interruption.requested()) {
                    // A process that ends refuses much of what a start needs.
                    return ExitCode.INTERRUPTED;
                }
                throw e;
            }
        }
    }

    private ExitCode demo(@Nullable TradeStream replayed, TradeStream trades, long runNanos, Interruption interruption)
            throws Exception {
        try (TemporaryFolder folder = TemporaryFolder.create("candlewick-demo-");
                Progress progress = progress("demo", "trades", -1)) {
            progress.message("starting the broker");
            try (EmbeddedBroker broker = broker(folder)) {
                reached("broker ready", progress, "Kafka at " + broker.bootstrapServers());
                if (interruption.requested()) {
                    return ExitCode.INTERRUPTED;
                }
                ResolvedConfiguration config = configuration(replayed, folder.path(), broker.bootstrapServers());
                return play(config, broker.bootstrapServers(), trades, runNanos, interruption, progress);
            }
        }
    }

    private ExitCode play(
            ResolvedConfiguration config,
            String bootstrap,
            TradeStream trades,
            long runNanos,
            Interruption interruption,
            Progress progress)
            throws Exception {
        if (config.sourceTopics().isEmpty()) {
            throw CommandFailure.usage(
                    "a demo must have a source whose topic is named in full, had patterns only",
                    "sources",
                    "for example --set sources.0.topic=trades");
        }
        String topic = config.sourceTopics().get(0);
        int partitions = partitions(config);
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            for (String name : config.sourceTopics()) {
                Topics.ensure(admin, name, partitions, Topics.INPUT_CONFIGS);
            }
            if (input == null) {
                Topics.ensure(admin, SimulatedStream.faultsTopic(topic), 1, Map.of());
            }
        }
        progress.message("starting Flink");
        OutputTopics topics = new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX));
        StreamingRun.Clusters clusters = headless ? LocalCluster::headless : LocalCluster::withWebUi;
        boolean[] started = {false};
        try (StreamingRun run = StreamingRun.start(config, clusters, text -> {
                    if (started[0]) {
                        say(progress, text);
                    } else {
                        progress.message(text);
                    }
                });
                CandleWatch watch = new CandleWatch(bootstrap, topics, config.intervals());
                TopicFeed feed = new TopicFeed(bootstrap, topic, partitions, trades)) {
            started[0] = true;
            progress.message("starting the job");
            boolean ended = awaitRunning(run, interruption);
            if (!ended && !interruption.requested()) {
                reached("job RUNNING", progress, "Flink web UI at " + run.webUi());
                feed.start();
                if (trades instanceof SimulatedStream stream) {
                    listen(stream, progress);
                }
                ended = follow(run, watch, feed, topics, config, runNanos, interruption, progress);
            }
            feed.close();
            if (!ended) {
                progress.message("ending");
                run.cancel();
            }
            run.await();
            report(watch, feed);
            if (interruption.requested()) {
                return ExitCode.INTERRUPTED;
            }
            if (run.lostTransactions() > 0) {
                throw CommandFailure.dataMismatch(
                        "every transaction must be committed, " + run.lostTransactions() + " were lost", null, null);
            }
            if (watch.finals() == 0) {
                throw missing(watch, feed);
            }
            return ExitCode.OK;
        }
    }

    /** Waits until all tasks run; true if the job has ended instead. */
    private static boolean awaitRunning(StreamingRun run, Interruption interruption) throws Exception {
        long limit = System.nanoTime() + START_LIMIT.toNanos();
        while (!interruption.requested() && !run.runs()) {
            run.watch();
            if (run.job().getJobStatus().get().isGloballyTerminalState()) {
                return true;
            }
            if (System.nanoTime() - limit > 0) {
                throw CommandFailure.jobFailed(
                        "the job must run within " + START_LIMIT.toSeconds() + " s, was "
                                + run.job().getJobStatus().get(),
                        run.webUi(),
                        "see what it waits for with -v",
                        null);
            }
            TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
        return false;
    }

    /** Shows what happens until the time is over or the user ends it; true if the job has ended instead. */
    private boolean follow(
            StreamingRun run,
            CandleWatch watch,
            TopicFeed feed,
            OutputTopics topics,
            ResolvedConfiguration config,
            long runNanos,
            Interruption interruption,
            Progress progress)
            throws Exception {
        long begin = System.nanoTime();
        String finest = config.intervals().asList().get(0).name();
        boolean hinted = false;
        boolean endTold = false;
        int shown = 0;
        while (!interruption.requested() && System.nanoTime() - begin < runNanos) {
            List<Map<String, Json.Value>> candles = watch.poll(POLL);
            if (feed.sent() > 0 && !milestones.containsKey("first trade")) {
                reached(
                        "first trade",
                        progress,
                        "in topic " + config.sourceTopics().get(0));
            }
            for (Map<String, Json.Value> candle : candles) {
                if (!field(candle, "interval").equals(finest)) {
                    continue;
                }
                if (shown == 0) {
                    reached("first final candle", progress, text(candle));
                } else if (shown < CANDLES_SHOWN) {
                    say(progress, " ".repeat(31) + text(candle));
                }
                shown++;
            }
            if (shown > 0 && !hinted && !headless) {
                hints(run, topics, config, progress);
                hinted = true;
            }
            feed.check();
            if (feed.ended() && !endTold) {
                say(
                        progress,
                        "all " + feed.sent() + " trades of the input are sent: windows that no later trade closes"
                                + " stay open");
                endTold = true;
            }
            run.watch();
            if (run.job().getJobStatus().get().isGloballyTerminalState()) {
                return true;
            }
            progress.advanceTo(feed.sent());
            progress.message(Progress.amount(watch.finals()) + " final candles  " + Progress.amount(watch.lives())
                    + " live updates");
        }
        return false;
    }

    private void hints(StreamingRun run, OutputTopics topics, ResolvedConfiguration config, Progress progress) {
        String bootstrap = config.kafkaBootstrapServers().orElse("");
        String finest = topics.candles(config.intervals().asList().get(0));
        String lake = config.find(CandlewickOptions.OUTPUT_LAKE).orElse(null);
        List<String> lines = new ArrayList<>(List.of(
                "",
                "Flink web UI  " + run.webUi(),
                "Kafka         " + bootstrap,
                "",
                "Try in another terminal:",
                "  ./candlewick tail " + finest + " --kafka " + bootstrap,
                "  ./candlewick tail " + topics.live() + " --kafka " + bootstrap,
                "  ./candlewick tail " + topics.vwap() + " --kafka " + bootstrap + " --from earliest --max 5 -o json"));
        if (input == null) {
            lines.add("Type a line here to switch faults, and see in which message they are:");
            lines.add("  faults 5%");
            lines.add("  ./candlewick tail "
                    + SimulatedStream.faultsTopic(config.sourceTopics().get(0)) + " --kafka " + bootstrap);
        }
        if (lake == null) {
            lines.add("To keep what it computes and query it afterwards:");
            lines.add("  ./candlewick demo --set output.lake=my-lake");
            lake = "my-lake";
        } else {
            lines.add("Afterwards:");
        }
        lines.add("  ./candlewick query --lake " + lake
                + " \"select symbol, count(*), sum(trades) from candles where interval = '1s' group by 1\"");
        if (length == null) {
            lines.add("Ctrl-C ends it.");
        }
        lines.add("");
        lines.forEach(line -> say(progress, line));
    }

    private void report(CandleWatch watch, TopicFeed feed) {
        Map<String, Object> summary = new LinkedHashMap<>();
        milestones.forEach((name, seconds) -> summary.put(
                name.toLowerCase(Locale.ROOT).replace(' ', '_') + "_seconds", new BigDecimal(seconds(seconds))));
        summary.put("trades_sent", feed.sent());
        summary.put("final_candles", watch.finals());
        summary.put("live_updates", watch.lives());
        output().record(summary);
        output().flush();
    }

    private CommandFailure missing(CandleWatch watch, TopicFeed feed) {
        List<String> came = new ArrayList<>();
        milestones.forEach((name, seconds) -> came.add(name + " after " + seconds(seconds) + " s"));
        came.add(feed.sent() + " trades sent");
        came.add(watch.lives() + " live updates");
        return CommandFailure.jobFailed(
                "a final candle must come" + (length == null ? "" : " within " + length) + ", none came: "
                        + String.join(", ", came),
                null,
                "a window closes when a trade comes that is later than its end by out-of-orderness, and shows with the next"
                        + " checkpoint: give it more time, for example --for 60s",
                null);
    }

    private void reached(String milestone, Progress progress, String more) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        milestones.put(milestone, seconds);
        say(progress, String.format(Locale.ROOT, "[%6s s] %-19s %s", seconds(seconds), milestone, more));
    }

    private void say(Progress progress, String text) {
        if (!options().quiet()) {
            progress.println(text);
        }
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f", seconds);
    }

    private static String text(Map<String, Json.Value> candle) {
        Json.Value start = candle.get("start_ns");
        String time = start == null
                ? ""
                : CLOCK.format(Instant.ofEpochSecond(Long.parseLong(start.text()) / TimeUnit.SECONDS.toNanos(1)));
        return "%s %s %s %s  open %s  high %s  low %s  close %s  volume %s  trades %s"
                .formatted(
                        field(candle, "venue"),
                        field(candle, "symbol"),
                        field(candle, "interval"),
                        time,
                        field(candle, "open"),
                        field(candle, "high"),
                        field(candle, "low"),
                        field(candle, "close"),
                        field(candle, "volume"),
                        field(candle, "trades"));
    }

    private static String field(Map<String, Json.Value> candle, String name) {
        Json.Value value = candle.get(name);
        return value == null ? "" : value.text();
    }

    private static Duration duration(String text) {
        Duration duration =
                LENGTH.matcher(text).matches() ? TimeUtils.parseDuration(text.replace(" ", "")) : Duration.ZERO;
        if (duration.isZero() || duration.toDays() > 3_650) {
            throw CommandFailure.usage(
                    "length must be a whole number above 0 and a unit (ms, s, m, h), was " + text,
                    "--for",
                    "for example 60s");
        }
        return duration;
    }

    private @Nullable TradeStream replayed() {
        if (input == null) {
            if (speed != null) {
                throw CommandFailure.usage("speed must be given with an input only", "--speed", "add --input P");
            }
            return null;
        }
        if (rate != null || seed != null || firehose || !faults.equals("none")) {
            throw CommandFailure.usage(
                    "rate, seed, faults and firehose must be given for simulated trades only, was with an input",
                    "--rate, --seed, --faults, --firehose, --input",
                    "use --speed, for example 10x");
        }
        return ReplayedStream.of(context().resolve(input), job.format(), speed == null ? "1x" : speed);
    }

    private SimulatedStream simulated(ResolvedConfiguration config) {
        String name = config.format().name().toLowerCase(Locale.ROOT);
        List<String> formats =
                Stream.of(WireFormat.values()).map(WireFormat::optionName).toList();
        if (!formats.contains(name)) {
            throw CommandFailure.usage(
                    "format must be one of " + String.join(", ", formats) + ", was " + name,
                    "--format",
                    "for example json");
        }
        WireFormat format = WireFormat.ofOption(name);
        // Its faults are the user's and must show before anything is started.
        MarketSimulator unused = market(config);
        return new SimulatedStream(() -> market(config), format, 0, Long.MAX_VALUE, "1x");
    }

    /** A market that begins now, with the lateness that the job has. */
    private MarketSimulator market(ResolvedConfiguration config) {
        Instant now = Instant.now();
        long perSecond = rate == null ? 200 : rate;
        if (perSecond < 1 || perSecond > RATE_MAX) {
            throw CommandFailure.usage(
                    "rate must be in 1.." + RATE_MAX + ", was " + perSecond, "--rate", "for example 200");
        }
        try {
            MarketSettings settings = MarketSettings.of(seed == null ? 1 : seed)
                    .withPartitions(partitions(config))
                    .withInstruments(SYMBOLS_SIMULATED, VENUES_SIMULATED)
                    .withStartNanos(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano())
                    .withMessagesPerSecond(firehose ? 50 * perSecond : perSecond)
                    .withFirehose(firehose);
            Horizon horizon = new Horizon(
                    config.intervals().finest().nanos(), config.outOfOrdernessNanos(), config.allowedLatenessNanos());
            return new MarketSimulator(settings, FaultRates.parse(faults), horizon);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(
                    String.valueOf(e.getMessage()), "--rate, --faults", "for example --rate 200 --faults 5%");
        }
    }

    private int partitions(ResolvedConfiguration config) {
        return input == null ? Math.min(config.parallelism(), SYMBOLS_SIMULATED) : 1;
    }

    /** Switches faults by lines that the user types; ends with the input or the process. */
    private void listen(SimulatedStream stream, Progress progress) {
        Thread listener = new Thread(
                () -> {
                    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                    try {
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            heed(line.strip(), stream, progress);
                        }
                    } catch (IOException e) {
                        // Nobody can type any more.
                    }
                },
                "candlewick-demo-faults");
        listener.setDaemon(true);
        listener.start();
    }

    private void heed(String line, SimulatedStream stream, Progress progress) {
        if (line.isEmpty()) {
            return;
        }
        try {
            if (!line.startsWith("faults ")) {
                throw new IllegalArgumentException("line must be faults and rates, was " + line);
            }
            FaultRates rates = FaultRates.parse(line.substring("faults ".length()));
            stream.switchFaults(rates);
            say(progress, "faults from now on: " + rates);
        } catch (IllegalArgumentException e) {
            say(progress, e.getMessage() + "; for example: faults 5%");
        }
    }

    private static EmbeddedBroker broker(TemporaryFolder folder) {
        try {
            return EmbeddedBroker.start(folder.path().resolve("kafka"), EmbeddedBroker.ANY_PORT, BROKER);
        } catch (BrokerStartException e) {
            throw CommandFailure.environment(String.valueOf(e.getMessage()), null, null, e);
        }
    }

    private ResolvedConfiguration configuration(@Nullable TradeStream replayed, Path folder, String bootstrap) {
        List<String> more = new ArrayList<>();
        JobArguments.add(more, "--kafka", bootstrap);
        JobArguments.add(more, "--set", CandlewickOptions.CHECKPOINT_DIR.key() + "=" + folder.resolve("checkpoints"));
        more.add("--fresh");
        ConfigurationSources.Builder sources = ConfigurationSources.builder()
                .commandLine(job.arguments(more))
                .environment(context().environment())
                .workingDirectory(context().workingDirectory())
                .preset(CandlewickOptions.KAFKA_GROUP_ID, "demo")
                .preset(CandlewickOptions.CHECKPOINT_INTERVAL, CHECKPOINT_INTERVAL)
                .preset(CandlewickOptions.RESTART_ATTEMPTS, RESTART_ATTEMPTS)
                // Files go into one partition: a second reader would have nothing to read.
                .preset(CandlewickOptions.PARALLELISM, input == null ? SIMULATED_PARALLELISM : 1);
        if (replayed instanceof ReplayedStream files) {
            sources.preset(
                    CandlewickOptions.FORMAT, InputFormat.valueOf(files.format().toUpperCase(Locale.ROOT)));
            if (speed != null) {
                // Faster than life, event times run ahead of every clock.
                sources.preset(CandlewickOptions.FUTURE_TOLERANCE, ANY_FUTURE);
            }
        }
        return ResolvedConfiguration.resolve(sources.build());
    }
}
