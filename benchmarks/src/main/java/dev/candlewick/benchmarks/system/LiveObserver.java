package dev.candlewick.benchmarks.system;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what a job publishes while it does so, and when; one thread, results are read after its end. */
final class LiveObserver implements Runnable {
    private static final Duration POLL = Duration.ofMillis(20);

    private final String bootstrapServers;
    private final List<TopicPartition> partitions;
    private final String isolation;
    private final List<Seen> seen = new ArrayList<>();
    private volatile boolean stopped;

    /**
     * One record.
     *
     * @param symbol of it
     * @param newestNanos largest time of a last trade in it, of all its candles
     * @param endNanos end of its first candle's window
     * @param revision of its first candle
     * @param appendMillis when the broker took it
     * @param visibleMillis when this consumer was given it
     */
    record Seen(String symbol, long newestNanos, long endNanos, long revision, long appendMillis, long visibleMillis) {}

    LiveObserver(String bootstrapServers, List<TopicPartition> partitions, String isolation) {
        this.bootstrapServers = bootstrapServers;
        this.partitions = partitions;
        this.isolation = isolation;
    }

    void stop() {
        stopped = true;
    }

    List<Seen> seen() {
        return seen;
    }

    @Override
    public void run() {
        Properties config = new Properties();
        config.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        config.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!stopped) {
                var records = consumer.poll(POLL);
                long now = System.currentTimeMillis();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    seen.add(read(record, now));
                }
            }
        }
    }

    /** The encoding of candles is canonical, so that fields can be found without a parser, which would take a core. */
    private static Seen read(ConsumerRecord<byte[], byte[]> record, long now) {
        String json = new String(record.value(), StandardCharsets.ISO_8859_1);
        long newest = Long.MIN_VALUE;
        for (int at = json.indexOf("\"last_trade_ns\":"); at >= 0; at = json.indexOf("\"last_trade_ns\":", at + 1)) {
            newest = Math.max(newest, number(json, at + "\"last_trade_ns\":".length()));
        }
        int symbol = json.indexOf("\"symbol\":\"") + "\"symbol\":\"".length();
        return new Seen(
                json.substring(symbol, json.indexOf('"', symbol)),
                newest,
                number(json, json.indexOf("\"end_ns\":") + "\"end_ns\":".length()),
                number(json, json.indexOf("\"revision\":") + "\"revision\":".length()),
                record.timestamp(),
                now);
    }

    private static long number(String json, int from) {
        int end = from;
        while (end < json.length() && Character.isDigit(json.charAt(end))) {
            end++;
        }
        return end == from ? Long.MIN_VALUE : Long.parseLong(json, from, end, 10);
    }
}
