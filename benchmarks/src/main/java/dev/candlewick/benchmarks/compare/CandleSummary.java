package dev.candlewick.benchmarks.compare;

import dev.candlewick.local.cli.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The committed candles of one interval: how many there are, how many trades they hold, and a digest of their content.
 *
 * <p>The digest is the sum, modulo 2^128, of hashes of the last revision for each key of venue, symbol, interval, start,
 * high, low, volume, notional, VWAP and trades, decimals without trailing zeros. Open and close are left out: a job that takes them by
 * arrival and one that takes them by event time differ in them where trades come out of order.
 *
 * @param candles number of keys
 * @param revised number of records beyond the first of each key
 * @param trades sum over the last revisions
 * @param digest 32 hexadecimal digits
 */
public record CandleSummary(long candles, long revised, long trades, String digest) {
    private static final Duration POLL = Duration.ofSeconds(20);
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

    /** Last revision of a key. */
    private record Entry(long revision, long trades, BigInteger hash) {}

    /**
     * Reads a topic of candles from its first record to its last committed one.
     *
     * @throws IllegalStateException where a record is no candle
     */
    public static CandleSummary of(String bootstrapServers, String topic) {
        Map<String, Entry> last = new HashMap<>();
        long[] records = {0};
        forEach(bootstrapServers, topic, record -> {
            Map<String, Json.Value> candle = Json.object(record.value());
            if (candle == null) {
                throw new IllegalStateException(
                        "record must be a JSON object, was none (topic=" + topic + ", offset=" + record.offset() + ")");
            }
            String content = String.join(
                    "|",
                    text(candle, "venue"),
                    text(candle, "symbol"),
                    text(candle, "interval"),
                    text(candle, "start_ns"),
                    plain(candle, "high"),
                    plain(candle, "low"),
                    plain(candle, "volume"),
                    plain(candle, "notional"),
                    plain(candle, "vwap"),
                    text(candle, "trades"));
            long revision = candle.containsKey("revision") ? Long.parseLong(text(candle, "revision")) : records[0];
            Entry entry = new Entry(revision, Long.parseLong(text(candle, "trades")), hash(content));
            last.merge(
                    text(candle, "venue") + "|" + text(candle, "symbol") + "|" + text(candle, "start_ns"),
                    entry,
                    (old, now) -> now.revision() >= old.revision() ? now : old);
            records[0]++;
        });
        BigInteger sum = BigInteger.ZERO;
        long trades = 0;
        for (Entry entry : last.values()) {
            sum = sum.add(entry.hash());
            trades += entry.trades();
        }
        return new CandleSummary(
                last.size(), records[0] - last.size(), trades, String.format(Locale.ROOT, "%032x", sum.mod(MODULUS)));
    }

    /** Number of committed records of a topic. */
    public static long count(String bootstrapServers, String topic) {
        long[] records = {0};
        forEach(bootstrapServers, topic, record -> records[0]++);
        return records[0];
    }

    /** Takes one record. */
    private interface Action {
        void accept(ConsumerRecord<byte[], byte[]> record);
    }

    private static void forEach(String bootstrapServers, String topic, Action action) {
        Properties config = new Properties();
        config.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        config.setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            // A position also passes transaction markers, which a count of records would wait for in vain.
            long deadline = System.nanoTime() + POLL.toNanos();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    action.accept(record);
                    deadline = System.nanoTime() + POLL.toNanos();
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("topic must be readable to its end " + ends + ", was not within "
                            + POLL.toSeconds() + " s (topic=" + topic + ")");
                }
            }
        }
    }

    private static String text(Map<String, Json.Value> candle, String name) {
        Json.Value value = candle.get(name);
        if (value == null) {
            throw new IllegalStateException("candle must have " + name + ", was " + candle);
        }
        return value.text();
    }

    private static String plain(Map<String, Json.Value> candle, String name) {
        return new BigDecimal(text(candle, name)).stripTrailingZeros().toPlainString();
    }

    private static BigInteger hash(String content) {
        try {
            byte[] sha = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return new BigInteger(1, sha, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
