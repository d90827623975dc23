package dev.candlewick.local.simulate;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.job.TemporaryFolder;
import dev.candlewick.local.produce.SimulatedStream;
import dev.candlewick.local.produce.TopicFeed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Messages of a simulated market, with a label for each fault beside them. */
@Command(
        name = "simulate",
        description = {
            "Make the messages of a market whose truth is known: orders and trades that agree with each other, and faults"
                    + " with a label for each of them beside the stream.",
            "",
            "The same options give the same bytes, from any position on. To files: one for each partition, labels below"
                    + " _faults. To Kafka: the topic, labels in TOPIC.faults."
        })
public final class SimulateCommand extends CandlewickCommand {
    private static final long MESSAGES_TO_FILES = 1_000_000;
    private static final long MESSAGES_SCORED = 20_000_000;
    private static final int PROGRESS_MILLIS = 200;
    /** With silences in many slices, so that a short market has some. */
    private static final String SCORED_FAULTS = "default,silence=40%,clock-skew=20%";

    @Mixin
    private final MarketOptions options = new MarketOptions();

    @Option(names = "--to", paramLabel = "files|kafka", description = "Default: ${DEFAULT-VALUE}.")
    private String to = "files";

    @Option(names = "--output", paramLabel = "P", description = "Folder of the files; missing or empty.")
    private @Nullable Path output;

    @Option(names = "--topic", paramLabel = "T", description = "Topic of the messages (default: ${DEFAULT-VALUE}).")
    private String topic = "trades";

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker (default: CANDLEWICK_KAFKA, else the local one).")
    private @Nullable String kafka;

    @Option(
            names = "--messages",
            paramLabel = "N",
            description = "How many in all (default: 1,000,000 to files, 20,000,000 to score; to Kafka without end).")
    private @Nullable Long messages;

    @Option(
            names = "--from",
            paramLabel = "N",
            description = "Position of each partition's first message, to go on where another run ended (default: 0).")
    private long from;

    @Option(
            names = "--speed",
            paramLabel = "10x|max",
            description = "To Kafka: event time against the clock (default: ${DEFAULT-VALUE}).")
    private String speed = "max";

    @Option(names = "--threads", paramLabel = "N", description = "That write files (default: one for each core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--score",
            description = "Run the whole job over the messages and compare what it found with the labels; exit code 3"
                    + " where they differ. Faults are those of the default unless given.")
    private boolean score;

    @Override
    protected ExitCode run() throws Exception {
        if (from < 0 || threads < 1 || (messages != null && messages < 1)) {
            throw CommandFailure.usage(
                    "messages and threads must be positive and from not negative, was " + messages + ", " + threads
                            + " and " + from,
                    null,
                    "for example --messages 1000000");
        }
        MarketSimulator market = options.market(score ? SCORED_FAULTS : "none");
        WireFormat format = options.format();
        if (score) {
            return score(market, format);
        }
        return switch (to) {
            case "files" -> toFiles(market, format);
            case "kafka" -> toKafka(market, format);
            default ->
                throw CommandFailure.usage("to must be files or kafka, was " + to, "--to", "for example --to files");
        };
    }

    private ExitCode toFiles(MarketSimulator market, WireFormat format) throws IOException {
        if (output == null) {
            throw CommandFailure.usage("output must be given, was absent", "--output", "for example --output market");
        }
        if (!speed.equals("max")) {
            throw CommandFailure.usage("speed must be max for files, was " + speed, "--speed", "add --to kafka");
        }
        Path folder = context().resolve(output);
        if (Files.exists(folder)) {
            try (Stream<Path> entries = Files.list(folder)) {
                if (entries.findAny().isPresent()) {
                    throw CommandFailure.usage(
                            "output must be missing or empty, was not", folder.toString(), "name another folder");
                }
            }
        }
        long count = messages == null ? MESSAGES_TO_FILES : messages;
        MarketFiles files = new MarketFiles(market, format, folder);
        long start = System.nanoTime();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try (Interruption interruption = Interruption.watch(() -> {});
                Progress progress = progress("simulate", "messages", count)) {
            clock.scheduleAtFixedRate(
                    () -> progress.advanceTo(files.written()), PROGRESS_MILLIS, PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
            files.write(from, count, threads, interruption::requested);
            clock.shutdownNow();
            if (interruption.requested()) {
                return ExitCode.INTERRUPTED;
            }
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "files must be writable, was refused: " + e.getMessage(), folder.toString(), null, e);
        } finally {
            clock.shutdownNow();
        }
        report(market.rates(), files.written(), files.labels(), folder.toString(), start);
        return ExitCode.OK;
    }

    private ExitCode score(MarketSimulator market, WireFormat format) throws Exception {
        if (output != null || from != 0 || !to.equals("files")) {
            throw CommandFailure.usage(
                    "score must have neither output nor from nor to, was with one of them",
                    "--score",
                    "leave them out: files and lake are temporary");
        }
        long count = messages == null ? MESSAGES_SCORED : messages;
        long start = System.nanoTime();
        try (TemporaryFolder folder = TemporaryFolder.create("candlewick-score-")) {
            Path files = folder.path().resolve("market");
            note("writing " + count + " messages with faults " + market.rates());
            new MarketFiles(market, format, files).write(0, count, threads, () -> false);
            ScoredJob job =
                    new ScoredJob(market.horizon(), format, files, folder.path().resolve("lake"));
            ReplayResult result;
            try (Progress progress = progress("score", "messages", count)) {
                result = job.run(this::note, progress::advanceTo);
            }
            MarketScore comparison = new MarketScore(market, job.intervals());
            comparison.expect(count);
            List<MarketScore.Row> rows = comparison.compare(result);
            boolean passed = result.residual() == 0;
            try (Output.Table table = output().table(
                            Column.text("what"),
                            Column.number("expected"),
                            Column.number("found"),
                            Column.number("wrong"),
                            Column.text("passed"))) {
                for (MarketScore.Row row : rows) {
                    table.row(row.what(), row.expected(), row.found(), row.wrong(), row.passed());
                    passed &= row.passed();
                }
            }
            note("%d messages, residual %d, %d s"
                    .formatted(
                            result.read(),
                            result.residual(),
                            TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)));
            return passed ? ExitCode.OK : ExitCode.DATA_MISMATCH;
        }
    }

    private ExitCode toKafka(MarketSimulator market, WireFormat format) {
        if (output != null) {
            throw CommandFailure.usage("output must not be given with --to kafka", "--output", "use --topic");
        }
        SimulatedStream stream =
                new SimulatedStream(() -> market, format, from, messages == null ? Long.MAX_VALUE : messages, speed);
        String bootstrap = BootstrapServers.resolve(context(), kafka);
        int partitions = market.settings().partitions();
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            Topics.Topic found = Topics.ensure(admin, topic, partitions, Topics.INPUT_CONFIGS);
            if (found.partitions() < partitions) {
                throw CommandFailure.usage(
                        "partitions must not exceed those of the topic, was " + partitions + " with "
                                + found.partitions(),
                        topic,
                        "add --partitions " + found.partitions());
            }
            Topics.ensure(admin, SimulatedStream.faultsTopic(topic), 1, Map.of());
        }
        long start = System.nanoTime();
        try (Interruption interruption = Interruption.watch(() -> {});
                Progress progress = progress("simulate " + topic, "messages", messages == null ? -1 : messages);
                TopicFeed feed = new TopicFeed(bootstrap, topic, partitions, stream)) {
            feed.start();
            while (!feed.ended() && !interruption.requested()) {
                feed.check();
                progress.advanceTo(feed.sent());
                feed.awaitEnd(PROGRESS_MILLIS);
            }
            feed.close();
            feed.check();
            report(market.rates(), feed.sent(), stream.labels(), topic, start);
            return interruption.requested() ? ExitCode.INTERRUPTED : ExitCode.OK;
        }
    }

    private void report(FaultRates rates, long made, long labels, String where, long startNanos) {
        double seconds = Math.max(1, System.nanoTime() - startNanos) / 1e9;
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("where", where);
        row.put("messages", made);
        row.put("labels", labels);
        row.put("faults", rates.toString());
        row.put("messages_per_second", (long) (made / seconds));
        output().record(row);
    }
}
