package dev.candlewick.local.lake;

import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.connectors.kafka.TradeHeaders;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceConfiguration;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import dev.candlewick.local.tail.Originals;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Decides what would become of rejected messages now, says so, and sends them where the user agrees. */
final class Requeue {
    /** Names the position that a requeued record was read from when it was rejected. */
    static final String ORIGIN_HEADER = "requeued-from";

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(20);

    private final String bootstrap;
    private final @Nullable String to;
    private final boolean includeRejected;
    private final boolean send;
    private final ResolvedConfiguration configuration;
    private final Map<String, MessageDecoder> decoders = new HashMap<>();
    private final Set<String> positions = new HashSet<>();
    private final Map<String, Integer> fileOrdinals;

    private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    private final Map<String, Long> verdicts = new TreeMap<>();
    private final List<List<@Nullable Object>> examples = new ArrayList<>();
    private final Map<String, Integer> examplesByVerdict = new HashMap<>();
    private final Set<String> targets = new TreeSet<>();
    private long withoutId;
    private long withoutOriginal;
    private long empty;

    /**
     * One use.
     *
     * @param to the topic to send to; null for the topic that each message was read from
     * @param configuration format and rules that decide
     * @param fileOrdinals ordinals of the run's files by name, where the messages come from files
     * @param includeRejected whether to send what would be rejected again
     * @param send whether to send at all
     */
    Requeue(
            String bootstrap,
            @Nullable String to,
            ResolvedConfiguration configuration,
            Map<String, Integer> fileOrdinals,
            boolean includeRejected,
            boolean send) {
        this.bootstrap = bootstrap;
        this.to = to;
        this.fileOrdinals = fileOrdinals;
        this.includeRejected = includeRejected;
        this.send = send;
        this.configuration = configuration;
    }

    /** The decoder of the configured source that has the topic, else of the first. */
    private MessageDecoder decoder(String topic) {
        return decoders.computeIfAbsent(topic, name -> {
            SourceConfiguration source = configuration.sources().stream()
                    .filter(candidate -> candidate.topics().contains(name))
                    .findFirst()
                    .orElse(configuration.sources().get(0));
            return TradeFormat.ofOptions(source.format().name(), source.preset().name(), source.presetVenue())
                    .newDecoder(new TradeValidator(configuration.feedRules(source)));
        });
    }

    ExitCode run(
            List<RejectedMessage> messages,
            Output output,
            int examplesMax,
            Consumer<String> notes,
            Interruption interruption) {
        Map<RejectedMessage, Headers> originals = originals(messages, interruption);
        Decoded decoded = new Decoded();
        for (RejectedMessage message : messages) {
            decide(message, originals.get(message), decoded, examplesMax);
        }
        boolean interrupted = interruption.requested();
        long sent = send && !interrupted ? send(interruption) : 0;
        report(messages.size(), sent, output, notes);
        return interruption.requested() ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    /** Headers of the original records that are still in their topics. */
    private Map<RejectedMessage, Headers> originals(List<RejectedMessage> messages, Interruption interruption) {
        Map<String, List<RejectedMessage>> bySource = new TreeMap<>();
        messages.forEach(message -> bySource.computeIfAbsent(message.source(), name -> new ArrayList<>())
                .add(message));
        Map<RejectedMessage, Headers> found = new HashMap<>();
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            Set<String> topics = KafkaClients.get(admin.listTopics().names(), "listing the topics");
            if (to != null) {
                targets.add(to);
            }
            for (Map.Entry<String, List<RejectedMessage>> source : bySource.entrySet()) {
                if (to == null && !topics.contains(source.getKey())) {
                    throw CommandFailure.usage(
                            "source of the messages must be a topic, was " + TextEscapes.value(source.getKey()),
                            null,
                            "name the topic with --to");
                }
                if (to == null) {
                    targets.add(source.getKey());
                }
                if (topics.contains(source.getKey())) {
                    found.putAll(Originals.headers(
                            bootstrap,
                            source.getKey(),
                            source.getValue(),
                            RejectedMessage::partition,
                            RejectedMessage::offset,
                            interruption));
                }
            }
            for (String target : targets) {
                Topics.partitions(admin, target);
            }
        }
        return found;
    }

    private void decide(RejectedMessage message, @Nullable Headers original, Decoded reuse, int examplesMax) {
        Decoded decoded = reuse;
        if (message.raw().length == 0) {
            empty++;
            return;
        }
        if (!positions.add(message.position())) {
            // Another trade of a message that holds several: it is sent once.
            return;
        }
        ReadContext context = new ReadContext();
        Integer file = fileOrdinals.get(message.source());
        if (file == null) {
            context.readFromLog(0, message.partition(), message.offset());
        } else {
            context.readFromFile(file, message.offset(), Trade.TIME_ABSENT);
        }
        if (original != null) {
            TradeHeaders.read(original, context);
        } else {
            withoutOriginal++;
        }
        // A requeued record gets a new time of the log, so a trade that was ahead of it once may be none any more.
        context.ingestTimeNanos = System.currentTimeMillis() * 1_000_000;
        context.logAppendTime = true;
        MessageDecoder decoder = decoder(message.source());
        decoder.decode(message.raw(), 0, message.raw().length, context, decoded);
        boolean anyWithoutId = isWithoutId(decoded);
        // Of a message with several trades, one that is rejected decides, else the first.
        Decoded first = decoded.copy();
        while (first.kind() != Decoded.Kind.REJECTED && decoder.next(decoded)) {
            anyWithoutId |= isWithoutId(decoded);
            if (decoded.kind() == Decoded.Kind.REJECTED) {
                first = decoded.copy();
            }
        }
        decoded = first;
        String verdict = switch (decoded.kind()) {
            case TRADE -> "ACCEPTED";
            case FILTERED -> "FILTERED";
            case REJECTED -> decoded.rejected().reason().name();
        };
        verdicts.merge(verdict, 1L, Long::sum);
        if (examplesByVerdict.merge(verdict, 1, Integer::sum) <= examplesMax) {
            examples.add(List.of(
                    verdict,
                    TextEscapes.value(message.position()),
                    decoded.kind() == Decoded.Kind.REJECTED ? decoded.rejected().message() : "",
                    message.shown()));
        }
        boolean trade = decoded.isTrade();
        if (!trade && !(includeRejected && decoded.kind() == Decoded.Kind.REJECTED)) {
            return;
        }
        int placePartition = trade ? decoded.trade().placePartition : context.placePartition;
        long placePosition = trade ? decoded.trade().placePosition : context.placePosition;
        byte[] key = trade ? decoded.trade().instrument.symbolUtf8() : null;
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(to == null ? message.source() : to, key == null ? 0 : null, key, message.raw());
        TradeHeaders.write(placePartition, placePosition, record.headers());
        record.headers().add(ORIGIN_HEADER, message.position().getBytes(StandardCharsets.UTF_8));
        records.add(record);
        withoutId += anyWithoutId ? 1 : 0;
    }

    private static boolean isWithoutId(Decoded decoded) {
        return decoded.isTrade() && decoded.trade().id() == null;
    }

    private long send(Interruption interruption) {
        AtomicLong acknowledged = new AtomicLong();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "candlewick-requeue");
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            for (ProducerRecord<byte[], byte[]> record : records) {
                if (interruption.requested() || failure.get() != null) {
                    break;
                }
                producer.send(record, (metadata, exception) -> {
                    if (exception == null) {
                        acknowledged.incrementAndGet();
                    } else {
                        failure.compareAndSet(null, exception);
                    }
                });
            }
            producer.flush();
        } catch (KafkaException e) {
            failure.compareAndSet(null, e);
        } finally {
            producer.close(CLOSE_LIMIT);
        }
        Exception cause = failure.get();
        if (cause != null) {
            throw CommandFailure.environment(
                    "every record must be taken by Kafka, one was refused after " + acknowledged + ": "
                            + cause.getMessage(),
                    String.join(", ", targets),
                    "send again: what has an id and was sent already is a duplicate",
                    cause);
        }
        return acknowledged.get();
    }

    private void report(int messages, long sent, Output output, Consumer<String> notes) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("messages", messages);
        summary.put("topics", String.join(" ", targets));
        summary.put("would_be", new TreeMap<>(verdicts));
        summary.put("to_send", records.size());
        summary.put("sent", sent);
        summary.put("without_id", withoutId);
        summary.put("place_by_read_position", withoutOriginal);
        output.record(summary);
        if (output.format() == OutputFormat.TABLE && !examples.isEmpty()) {
            output.line("");
            try (Output.Table table = output.table(Column.texts("would be", "position", "why", "message"))) {
                examples.forEach(table::row);
            }
        }
        if (empty > 0) {
            notes.accept("note: " + empty + " messages are empty and cannot be sent again");
        }
        if (withoutId > 0) {
            notes.accept("warning: " + withoutId + " records have no trade id: sent twice they count twice");
        }
        if (withoutOriginal > 0) {
            notes.accept(
                    "note: of " + withoutOriginal + " messages the original record is not in a topic any more: their"
                            + " place is where they were read");
        }
        if (send) {
            notes.accept(
                    "sent " + sent + " records; trades beyond the job's lateness are archived as late, and come into"
                            + " candles when those are computed again from the lake");
        } else {
            notes.accept("dry run: nothing was sent; --yes sends " + records.size() + " records");
        }
    }
}
