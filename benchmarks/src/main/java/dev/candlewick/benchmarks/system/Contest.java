package dev.candlewick.benchmarks.system;

import dev.candlewick.benchmarks.compare.CandleSummary;
import dev.candlewick.benchmarks.peers.Contender;
import dev.candlewick.benchmarks.peers.OutputTopics;
import dev.candlewick.benchmarks.run.RunProcess;
import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.benchmarks.run.RunResult;
import dev.candlewick.benchmarks.workload.FilledTopic;
import dev.candlewick.benchmarks.workload.TopicFiller;
import dev.candlewick.benchmarks.workload.TradeWorkload;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.local.broker.BrokerProcess;
import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * A broker, and contenders that run against it one after the other, each in a process of its own; one thread, but
 * {@link #stop()} may come from any.
 */
final class Contest implements AutoCloseable {
    /** How runs are set up. */
    record Rules(int parallelism, int checkpointSeconds, String backend, long warmUp, List<String> settings) {}

    /** What a run reads; it ends when it has read so many records and has a watermark that passed the end. */
    record Input(String topic, WireFormat format, int partitions, long records, long endWatermarkMillis) {
        /** All of a filled topic. */
        static Input all(FilledTopic topic) {
            return new Input(
                    topic.topic(),
                    topic.format(),
                    topic.workload().partitions(),
                    topic.allRecords(),
                    topic.endWatermarkMillis());
        }
    }

    /** What a run took and what it published, by interval. */
    record Outcome(RunResult result, Map<String, CandleSummary> candles, Map<String, Long> others) {
        long candleCount() {
            return candles.values().stream().mapToLong(CandleSummary::candles).sum();
        }
    }

    /** Intervals of all runs. */
    static final List<String> INTERVALS =
            Intervals.DEFAULT.asList().stream().map(Interval::name).toList();

    private final Path work;
    private final boolean keep;
    private final RunProcess process;
    private final BrokerProcess broker;
    private final BrokerState state;

    private Contest(Path work, boolean keep, RunProcess process, BrokerProcess broker) {
        this.work = work;
        this.keep = keep;
        this.process = process;
        this.broker = broker;
        state = broker.start(EmbeddedBroker.ANY_PORT).state();
    }

    /**
     * Starts the broker.
     *
     * @param data where its files stay for the next time; null for none
     * @param heap of each run's JVM
     */
    static Contest open(CliContext context, @Nullable Path data, String heap) throws IOException {
        if (!heap.matches("[1-9][0-9]*[mg]")) {
            throw CommandFailure.usage("heap must be a number with m or g, was " + heap, "--heap", "for example 3g");
        }
        Path logs = Files.createDirectories(context.home().directory().resolve("bench"));
        Path work =
                data == null ? logs.resolve("work-" + ProcessHandle.current().pid()) : data;
        Files.createDirectories(work);
        Path root = context.root();
        Path arguments = root == null ? null : root.resolve("conf/java17.args");
        RunProcess process = new RunProcess(
                Contender.Main.class, arguments != null && Files.exists(arguments) ? arguments : null, heap, logs);
        return new Contest(work, data != null, process, new BrokerProcess(new CandlewickHome(work.resolve("home"))));
    }

    String broker() {
        return state.address();
    }

    /** Fills a topic, or finds the one of the last time. */
    FilledTopic fill(TradeWorkload workload, WireFormat format, LongConsumer progress) throws IOException {
        return TopicFiller.fill(state.address(), work, workload, format, progress);
    }

    /** Removes a topic that no run needs any more. */
    void drop(FilledTopic topic) {
        delete(List.of(topic.topic()));
    }

    /** Runs a contender over a topic and reads what it published. */
    Outcome run(Contender contender, FilledTopic topic, Rules rules) throws Exception {
        String prefix = prefix(contender);
        Input input = Input.all(topic);
        List<String> outputs = createOutputs(contender, prefix, input.partitions());
        RunResult result = run(contender, input, rules, prefix);
        Map<String, CandleSummary> candles = new TreeMap<>();
        Map<String, Long> others = new TreeMap<>();
        for (String output : outputs) {
            String name = output.substring(prefix.length());
            if (name.startsWith("candles.") && !name.equals("candles.live")) {
                candles.put(name.substring("candles.".length()), CandleSummary.of(state.address(), output));
            } else {
                others.put(name, CandleSummary.count(state.address(), output));
            }
        }
        delete(outputs);
        return new Outcome(result, candles, others);
    }

    /** What the names of a run's topics begin with; no two are equal. */
    static String prefix(Contender contender) {
        return "bench." + contender.title() + "." + Long.toHexString(System.nanoTime()) + ".";
    }

    /** Makes the topics that a run writes; returns their names. */
    List<String> createOutputs(Contender contender, String prefix, int partitions) {
        List<String> outputs = contender.isCandlewick()
                ? OutputTopics.ofCandlewick(prefix, Intervals.DEFAULT)
                : contender.publishes() ? OutputTopics.ofPeer(prefix, INTERVALS) : List.of();
        createTopics(outputs, partitions);
        return outputs;
    }

    /** Makes topics. */
    void createTopics(List<String> names, int partitions) {
        try (Admin admin = KafkaClients.connect(state.address())) {
            for (String name : names) {
                Topics.ensure(admin, name, partitions, Topics.INPUT_CONFIGS);
            }
        }
    }

    /** Runs a contender once more with a flight recording; what it publishes is thrown away. */
    void record(Contender contender, FilledTopic topic, Rules rules, Path recording) throws Exception {
        String prefix = prefix(contender);
        Input input = Input.all(topic);
        List<String> outputs = createOutputs(contender, prefix, input.partitions());
        run(contender, input, rules, prefix, recording);
        delete(outputs);
    }

    /** Runs a contender over what is in a topic, or is written to it meanwhile. */
    RunResult run(Contender contender, Input input, Rules rules, String prefix) throws Exception {
        return run(contender, input, rules, prefix, null);
    }

    private RunResult run(Contender contender, Input input, Rules rules, String prefix, @Nullable Path recording)
            throws Exception {
        Path directory = Files.createDirectories(work.resolve("runs").resolve(prefix));
        try {
            return process.run(
                    new RunRequest(
                            contender.title(),
                            state.address(),
                            input.topic(),
                            input.format().optionName(),
                            INTERVALS,
                            input.partitions(),
                            input.records(),
                            rules.warmUp(),
                            input.endWatermarkMillis(),
                            prefix,
                            rules.parallelism(),
                            rules.checkpointSeconds() * 1_000L,
                            rules.backend(),
                            state.pid(),
                            directory,
                            contender.isCandlewick() ? rules.settings() : List.of()),
                    recording);
        } finally {
            delete(directory);
        }
    }

    /** Ends the run that is under way. */
    void stop() {
        process.stop();
    }

    @Override
    public void close() throws IOException {
        broker.stop();
        if (!keep) {
            delete(work);
        }
    }

    private void delete(List<String> topics) {
        if (!topics.isEmpty()) {
            try (Admin admin = KafkaClients.connect(state.address())) {
                KafkaClients.get(admin.deleteTopics(topics).all(), "deleting topics");
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
