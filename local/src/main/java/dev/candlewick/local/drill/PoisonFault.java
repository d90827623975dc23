package dev.candlewick.local.drill;

import dev.candlewick.connectors.kafka.TradeHeaders;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends messages that nobody can decode: at the head of every partition before the job starts, and between trades while it
 * runs. Each must be rejected with its reason, position and bytes, once; the job must never be restarted; and candles and VWAP
 * must be those of a run over the same trades without them.
 */
final class PoisonFault implements Fault {
    private static final String UNPARSABLE = "UNPARSABLE";
    private static final Duration TAKEN_LIMIT = Duration.ofMinutes(2);
    /** What one request of a producer and one batch of a broker take unless changed, less their own frame. */
    private static final int HUGE_BYTES = 1_000_000;

    private final Map<Lane, List<Sent>> sent = new HashMap<>();

    /** What was sent, and where it stands; no bytes for a null value. */
    private record Sent(Kind kind, int partition, long offset, byte[] bytes) {}

    /** What is wrong with a message. */
    private enum Kind {
        TRUNCATED,
        GARBAGE,
        HUGE_TEXT,
        HUGE_CONTROLS,
        HUGE_GARBAGE,
        EMPTY,
        TOMBSTONE,
        FORGED_PLACE
    }

    @Override
    public void begin(Drill drill, Lane lane) throws Exception {
        try (Admin admin = KafkaClients.connect(drill.broker())) {
            Topics.ensure(admin, Drill.cleanTopic(lane), Lane.PARTITIONS, Topics.INPUT_CONFIGS);
        }
        send(drill, lane);
    }

    @Override
    public Drill.Done disturb(Drill drill, int number) throws Exception {
        long start = System.nanoTime();
        long failure = drill.lastFailureMillis();
        Map<Lane, Long> before = drill.newest();
        for (Lane lane : drill.jobs().keySet()) {
            send(drill, lane);
        }
        // Twice: the first checkpoint may have begun before they came.
        drill.awaitProgress("poison", before);
        drill.awaitProgress("poison", drill.newest());
        if (drill.lastFailureMillis() != failure) {
            throw CommandFailure.dataMismatch(
                    "a message that cannot be decoded must restart no job, one was restarted: "
                            + drill.jobs().values().stream()
                                    .map(job -> drill.api().failure(job).orElse(""))
                                    .toList(),
                    drill.options().directory().toString(),
                    "read cluster/logs there");
        }
        int count = Kind.values().length * Lane.PARTITIONS;
        return new Drill.Done(
                "sent poison", "sent " + count + " messages of poison to each input", "no restart", start);
    }

    private void send(Drill drill, Lane lane) throws Exception {
        Random random = drill.random();
        List<Sent> all = sent.computeIfAbsent(lane, which -> new ArrayList<>());
        try (KafkaProducer<byte[], byte[]> producer = producer(drill)) {
            for (int partition = 0; partition < Lane.PARTITIONS; partition++) {
                for (Kind kind : Kind.values()) {
                    byte[] value = value(kind, random);
                    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                            lane.topic(), partition, "BTC-USD".getBytes(StandardCharsets.UTF_8), value);
                    if (kind == Kind.FORGED_PLACE) {
                        record.headers().add(TradeHeaders.PARTITION, new byte[] {1, 2, 3});
                    }
                    Future<RecordMetadata> taken = producer.send(record);
                    RecordMetadata at = taken.get(TAKEN_LIMIT.toSeconds(), TimeUnit.SECONDS);
                    all.add(new Sent(kind, partition, at.offset(), value == null ? new byte[0] : value));
                }
            }
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(Drill drill) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", drill.broker(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static byte @org.jspecify.annotations.Nullable [] value(Kind kind, Random random) {
        String trade =
                "{\"event_time_ns\":1704067200000000000,\"venue\":\"XV\",\"symbol\":\"BTC-USD\",\"trade_id\":\"1\","
                        + "\"price\":\"1.5\",\"size\":\"2\"}";
        return switch (kind) {
            case TRUNCATED ->
                trade.substring(0, 1 + random.nextInt(trade.length() - 2)).getBytes(StandardCharsets.UTF_8);
            case GARBAGE -> garbage(random, 1 + random.nextInt(400));
            case HUGE_TEXT -> text(trade.substring(0, trade.length() - 1) + ",\"note\":\"", 'x');
            case HUGE_CONTROLS -> text("\u0001", '\u0001');
            case HUGE_GARBAGE -> garbage(random, HUGE_BYTES);
            case EMPTY -> new byte[0];
            case TOMBSTONE -> null;
            case FORGED_PLACE -> trade.getBytes(StandardCharsets.UTF_8);
        };
    }

    private static byte[] garbage(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        // No UTF-8, and no message of any format.
        bytes[0] = (byte) 0xff;
        return bytes;
    }

    private static byte[] text(String begin, char fill) {
        return (begin + String.valueOf(fill).repeat(HUGE_BYTES - begin.length())).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public List<Finding> verify(Drill drill, Lane lane) throws Exception {
        List<Finding> findings = new ArrayList<>();
        findings.add(rejected(drill, lane));
        copyClean(drill, lane);
        drill.finish(lane, Drill.CLEAN, null);
        String prefix = Drill.prefix(lane, Drill.DISTURBED);
        for (String topic : drill.outputs(prefix)) {
            String output = topic.substring(prefix.length());
            if (output.startsWith("candles.") || output.startsWith("vwap.")) {
                List<ConsumerRecord<byte[], byte[]>> with = drill.committed(topic);
                List<ConsumerRecord<byte[], byte[]>> without =
                        drill.committed(Drill.prefix(lane, Drill.CLEAN) + output);
                String name = "without poison: " + output;
                findings.add(
                        lane.lastRevisions()
                                ? TopicComparison.lastRevisions(lane.label(), name, with, without)
                                : TopicComparison.bytes(lane.label(), name, with, without));
            }
        }
        return findings;
    }

    /** Each of them once, with reason, position and bytes. */
    private Finding rejected(Drill drill, Lane lane) {
        Map<String, List<Map<String, Json.Value>>> byPosition = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record :
                drill.committed(Drill.prefix(lane, Drill.DISTURBED) + "trades.rejected")) {
            Map<String, Json.Value> fields = Objects.requireNonNull(Json.object(record.value()));
            byPosition
                    .computeIfAbsent(
                            text(fields, "read_partition") + "|" + text(fields, "read_offset"),
                            key -> new ArrayList<>())
                    .add(fields);
        }
        long missing = 0;
        long repeated = 0;
        List<String> examples = new ArrayList<>();
        List<Sent> all = Objects.requireNonNull(sent.get(lane));
        for (Sent poison : all) {
            List<Map<String, Json.Value>> found =
                    byPosition.getOrDefault(poison.partition() + "|" + poison.offset(), List.of());
            repeated += Math.max(0, found.size() - 1);
            if (found.isEmpty()
                    || !text(found.get(0), "reason").equals(UNPARSABLE)
                    || text(found.get(0), "message").isEmpty()
                    || !isOriginal(found.get(0), poison.bytes())) {
                missing++;
                if (examples.size() < 3) {
                    String is = found.toString();
                    examples.add(poison.kind() + " at " + poison.partition() + "|" + poison.offset()
                            + " must be rejected as " + UNPARSABLE + " with its bytes, was "
                            + is.substring(0, Math.min(300, is.length())));
                }
            }
        }
        return new Finding(lane.label(), "poison rejected", all.size(), missing, 0, repeated, examples);
    }

    private static boolean isOriginal(Map<String, Json.Value> fields, byte[] bytes) {
        return java.util.Arrays.equals(Base64.getDecoder().decode(text(fields, "raw_base64")), bytes);
    }

    private static String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null ? "" : value.text();
    }

    /** The same trades in the same order of each partition, without poison. */
    private void copyClean(Drill drill, Lane lane) throws Exception {
        Map<String, Sent> poison = new HashMap<>();
        Objects.requireNonNull(sent.get(lane)).forEach(one -> poison.put(one.partition() + "|" + one.offset(), one));
        List<Future<RecordMetadata>> taken = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(drill)) {
            for (ConsumerRecord<byte[], byte[]> record : drill.committed(lane.topic())) {
                if (!poison.containsKey(record.partition() + "|" + record.offset())) {
                    taken.add(producer.send(new ProducerRecord<>(
                            Drill.cleanTopic(lane),
                            record.partition(),
                            null,
                            record.key(),
                            record.value(),
                            record.headers())));
                }
            }
            producer.flush();
        }
        for (Future<RecordMetadata> one : taken) {
            one.get(TAKEN_LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
