package dev.candlewick.local.tail;

import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the committed messages of a topic. */
@Command(
        name = "tail",
        description = "Show the messages of a topic, decoded; of transactions only what was committed.",
        footer = {
            "",
            "-o json writes one line a message. Without --until it goes on until Ctrl-C (exit code 130).",
            "Messages keep their order within a partition only."
        })
public final class TailCommand extends CandlewickCommand {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();

    /** Where reading begins. */
    enum From {
        EARLIEST,
        LATEST
    }

    /** Where reading ends. */
    enum Until {
        LATEST
    }

    @Parameters(paramLabel = "TOPIC", description = "What to read, for example candles.1m.")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = "--from",
            paramLabel = "earliest|latest",
            description = "Where to begin (default: latest, with --until: earliest).")
    private @Nullable From from;

    @Option(names = "--until", paramLabel = "latest", description = "End at what is committed when the command starts.")
    private @Nullable Until until;

    @Option(names = "--max", paramLabel = "N", description = "End after N messages.")
    private @Nullable Long max;

    @Option(
            names = "--with-metadata",
            description = "Also show partition, offset, timestamp, key, and in JSON the headers.")
    private boolean withMetadata;

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker (default: CANDLEWICK_KAFKA, else the local one).")
    private @Nullable String kafka;

    @Override
    protected ExitCode run() {
        if (max != null && max < 0) {
            throw CommandFailure.usage("max must be at least 0, was " + max, "--max", "for example 10");
        }
        String bootstrap = BootstrapServers.resolve(context(), kafka);
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            List<TopicPartition> partitions = IntStream.range(0, Topics.partitions(admin, topic))
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            KafkaConsumer<byte[], byte[]> consumer =
                    new KafkaConsumer<>(settings(bootstrap), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            try (Interruption interruption = Interruption.watch(consumer::wakeup);
                    MessagePrinter printer = new MessagePrinter(output(), withMetadata, this::note)) {
                boolean complete = read(admin, consumer, partitions, printer, interruption);
                return complete ? ExitCode.OK : ExitCode.INTERRUPTED;
            } finally {
                consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
            }
        } catch (KafkaException e) {
            throw CommandFailure.environment(
                    "topic " + topic + " must be readable, was refused: " + e.getMessage(), bootstrap, null, e);
        }
    }

    /** Reads to the wanted end; false if the user ended it before. */
    private boolean read(
            Admin admin,
            KafkaConsumer<byte[], byte[]> consumer,
            List<TopicPartition> partitions,
            MessagePrinter printer,
            Interruption interruption) {
        Map<TopicPartition, OpenTransactions.End> ends = OpenTransactions.ends(admin, partitions);
        Map<TopicPartition, Long> left = new HashMap<>();
        ends.forEach((partition, end) -> left.put(partition, end.stable()));
        From begin = from != null ? from : until != null ? From.EARLIEST : From.LATEST;
        consumer.assign(partitions);
        if (begin == From.EARLIEST) {
            consumer.seekToBeginning(partitions);
        } else {
            // The same ends for both questions: a message between two of them would be neither old nor new.
            left.forEach(consumer::seek);
        }
        long shown = 0;
        long lastMessage = System.nanoTime();
        String blockedBefore = "";
        try {
            while (!interruption.requested()) {
                if (max != null && shown >= max) {
                    return true;
                }
                if (until != null) {
                    left.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
                    if (left.isEmpty()) {
                        printer.flush();
                        OpenTransactions.describe(admin, ends, System.currentTimeMillis())
                                .forEach(this::note);
                        return true;
                    }
                }
                ConsumerRecords<byte[], byte[]> messages = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> message : messages) {
                    if (max != null && shown >= max) {
                        break;
                    }
                    if (until != null && message.offset() >= end(ends, message)) {
                        continue;
                    }
                    printer.print(message);
                    shown++;
                }
                if (!messages.isEmpty()) {
                    printer.flush();
                    lastMessage = System.nanoTime();
                } else if (System.nanoTime() - lastMessage > QUIET_NANOS) {
                    lastMessage = System.nanoTime();
                    blockedBefore = noteBlocked(admin, partitions, blockedBefore);
                }
            }
        } catch (WakeupException e) {
            return false;
        }
        return false;
    }

    /** Tells once for each open end why nothing comes. */
    private String noteBlocked(Admin admin, List<TopicPartition> partitions, String before) {
        Map<TopicPartition, OpenTransactions.End> ends = OpenTransactions.ends(admin, partitions);
        StringBuilder blocked = new StringBuilder();
        for (TopicPartition partition : partitions) {
            OpenTransactions.End end = ends.get(partition);
            if (end != null && end.isBlocked()) {
                blocked.append(partition.partition())
                        .append('@')
                        .append(end.stable())
                        .append(' ');
            }
        }
        if (!blocked.toString().equals(before)) {
            OpenTransactions.describe(admin, ends, System.currentTimeMillis()).forEach(this::note);
        }
        return blocked.toString();
    }

    private static long end(Map<TopicPartition, OpenTransactions.End> ends, ConsumerRecord<byte[], byte[]> message) {
        OpenTransactions.End end = ends.get(new TopicPartition(message.topic(), message.partition()));
        return end == null ? 0 : end.stable();
    }

    static Map<String, Object> settings(String bootstrap) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "candlewick-tail");
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return settings;
    }
}
