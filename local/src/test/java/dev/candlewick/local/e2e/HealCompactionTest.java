package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.kafka.published.PublishedTopics;
import dev.candlewick.connectors.kafka.published.PublishedValueParser;
import dev.candlewick.core.heal.HealAction;
import dev.candlewick.core.heal.HealPlan;
import dev.candlewick.core.heal.HealSettings;
import dev.candlewick.core.heal.PurgeEvidence;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.Diagnosis;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.ValueDiffer;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a compacted topic of a real broker holds when revision 0 comes again behind a heal, and what becomes of it. */
final class HealCompactionTest {
    private static final Interval SECOND = Interval.parse("1s");
    private static final String TOPIC = "candles.1s";

    @TempDir
    private Path directory;

    private static Candle candle(int start, long close, int revision, RevisionReason reason) {
        return new Candle(
                "alpha",
                "BTC-USD",
                SECOND,
                start * SECOND.nanos(),
                2,
                0,
                100,
                Math.max(100, close),
                100,
                close,
                Int128.of(10),
                Int128.of(1_000),
                3,
                start * SECOND.nanos(),
                start * SECOND.nanos() + 5,
                revision,
                reason,
                true,
                Int128.of(close),
                0,
                0);
    }

    @Test
    @Timeout(180)
    void aRepeatBehindAHealWinsTheCompactionAndIsHealedAgain() throws Exception {
        Candle wrong = candle(1, 110, 0, RevisionReason.CLOSED);
        Candle healed = candle(1, 120, 1, RevisionReason.HEAL);
        try (EmbeddedBroker broker = EmbeddedBroker.start(
                        directory.resolve("broker"), EmbeddedBroker.ANY_PORT, Map.of("log.cleaner.backoff.ms", "200"));
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            // Given a compacted topic with a value, its heal, and the value once more
            Topics.ensure(
                    admin,
                    TOPIC,
                    1,
                    Map.of(
                            "cleanup.policy",
                            "compact",
                            "segment.ms",
                            "100",
                            "min.cleanable.dirty.ratio",
                            "0.001",
                            "min.compaction.lag.ms",
                            "0"));
            send(producer, wrong);
            send(producer, healed);
            assertThat(newest(broker))
                    .satisfies(value -> assertThat(value.revision()).isEqualTo(1));
            send(producer, wrong);
            // Then a reader of all records still takes the largest revision, where Kafka's last record is the lower one
            assertThat(newest(broker))
                    .satisfies(value -> assertThat(value.revision()).isEqualTo(1));

            // When the broker compacts
            int[] filler = {100};
            Awaitility.await("compaction")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        send(producer, candle(filler[0]++, 100, 0, RevisionReason.CLOSED));
                        return Topic.committed(broker.bootstrapServers(), TOPIC).stream()
                                        .filter(value -> value.contains("\"start_ns\":1000000000,"))
                                        .count()
                                == 1;
                    });
            // Then the repeat is all that is left
            ObservedValue left = newest(broker);
            assertThat(left.revision()).isZero();

            // And the lake, which has the heal, shows that the topic is behind: the heal comes again as it was
            HealPlan plan = plan(left, observed(healed));
            assertThat(plan.actions()).singleElement().satisfies(action -> {
                assertThat(action.revision()).isEqualTo(1);
                assertThat(action.reason()).isEqualTo(RevisionReason.HEAL);
                assertThat(action.toTopic()).isTrue();
                assertThat(action.toLake()).isFalse();
            });
            HealAction action = plan.actions().get(0);
            send(producer, (Candle) action.published());
            assertThat(newest(broker).sameFields(observed(healed))).isTrue();
            assertThat(newest(broker).revision()).isEqualTo(1);
            // And there is nothing left to do
            assertThat(action.remaining(newest(broker).revision(), 1)).isNull();
        }
    }

    private static ObservedValue observed(Candle candle) {
        return ObservedValue.of(candle, 12, 8, "crypto@1");
    }

    private static HealPlan plan(ObservedValue topic, ObservedValue lake) {
        Difference difference = Objects.requireNonNull(new ValueDiffer(0, true).compare(topic, lake, lake))
                .with(Diagnosis.healable(Cause.CORRECTION, "lake and recomputation agree", List.of("fact")));
        return HealPlan.of(
                new ReconcileResult(
                        "r",
                        "lake",
                        1,
                        0,
                        1,
                        "BATCH",
                        "ACCEPT",
                        "crypto@1",
                        "",
                        0,
                        Map.of(),
                        Map.of(),
                        List.of(),
                        List.of(),
                        List.of(difference),
                        0,
                        List.of(),
                        List.of()),
                PurgeEvidence.ofEnded(SECOND),
                HealSettings.DEFAULT,
                Map.of(0L, 100_000L));
    }

    /** The largest revision, as readers take it. */
    private static ObservedValue newest(EmbeddedBroker broker) {
        PublishedValueParser parser = new PublishedValueParser(PublishedTopics.of("", Intervals.parse("1s")), 12, 8);
        @Nullable ObservedValue newest = null;
        for (String value : Topic.committed(broker.bootstrapServers(), TOPIC)) {
            ObservedValue parsed = value.contains("\"start_ns\":1000000000,")
                    ? parser.parse(
                            TOPIC,
                            "alpha|BTC-USD|1000000000".getBytes(StandardCharsets.UTF_8),
                            value.getBytes(StandardCharsets.UTF_8),
                            0,
                            "")
                    : null;
            if (parsed != null && (newest == null || parsed.revision() > newest.revision())) {
                newest = parsed;
            }
        }
        return Objects.requireNonNull(newest);
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, Candle candle) throws Exception {
        producer.send(new ProducerRecord<>(
                        TOPIC,
                        candle.key().getBytes(StandardCharsets.UTF_8),
                        new PublishedJson("crypto@1").candle(candle)))
                .get();
    }
}
