package dev.candlewick.local.upgrade;

import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.OutputTopics;
import dev.candlewick.local.cli.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Compares what two jobs publish of the same trades while they do: candles of all intervals and rolling VWAP, each key's last
 * revision without {@code revision} and {@code reason}. One thread.
 *
 * <p>A value is judged when nothing on time can change it any more in either job: when both have published a candle that ends
 * the lateness behind it, and behind everything that its publisher had published by then; and when both have completed two
 * checkpoints since that was seen, so that what their other subtasks had in transactions is visible too.
 */
final class OutputComparison implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int EXAMPLES_MAX = 5;
    private static final int CHECKPOINTS_BEHIND = 2;
    private static final int BLUE = 0;
    private static final int GREEN = 1;

    private final String finest;
    private final long slackNanos;
    private final long forkNanos;
    private final List<Side> sides;
    private final Map<String, Entry> open = new HashMap<>();
    private final Deque<Seen> seen = new ArrayDeque<>();
    private final Set<Long> windows = new HashSet<>();
    private final List<String> differences = new ArrayList<>();
    private long different;
    private long compared;

    private static final class Side implements AutoCloseable {
        final String prefix;
        final KafkaConsumer<byte[], byte[]> consumer;
        long progressNanos = Long.MIN_VALUE;

        Side(String prefix, KafkaConsumer<byte[], byte[]> consumer) {
            this.prefix = prefix;
            this.consumer = consumer;
        }

        @Override
        public void close() {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    private static final class Entry {
        final long startNanos;
        final long endNanos;
        final long[] revisions = {-1, -1};
        final @Nullable String[] values = new @Nullable String[2];
        long neededNanos = Long.MIN_VALUE;

        Entry(long startNanos, long endNanos) {
            this.startNanos = startNanos;
            this.endNanos = endNanos;
        }
    }

    private record Seen(long nanos, long blueCheckpoints, long greenCheckpoints) {}

    /**
     * A comparison from the ends of blue's topics on.
     *
     * @param blue options of the job that runs
     * @param forkNanos largest event time that had been read when the fork was taken: a window that ends later was open
     */
    private OutputComparison(ResolvedConfiguration blue, long forkNanos, List<Side> sides) {
        Intervals intervals = blue.intervals();
        this.finest = intervals.finest().name();
        this.slackNanos = intervals.finest().nanos()
                + blue.sources().stream()
                        .mapToLong(source -> source.allowedLateness().toNanos()
                                + source.outOfOrderness().toNanos())
                        .max()
                        .orElse(0);
        this.forkNanos = forkNanos;
        this.sides = sides;
    }

    /** Where blue's outputs end now; taken before the fork. */
    static Map<TopicPartition, Long> ends(ResolvedConfiguration blue, String prefix) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(blue)) {
            return new HashMap<>(consumer.endOffsets(partitions(consumer, blue, prefix)));
        }
    }

    /**
     * Begins to read both.
     *
     * @param from where blue's outputs are read from, of {@link #ends}
     */
    static OutputComparison begin(
            ResolvedConfiguration blue,
            String bluePrefix,
            String greenPrefix,
            Map<TopicPartition, Long> from,
            long forkNanos) {
        KafkaConsumer<byte[], byte[]> left = consumer(blue);
        left.assign(from.keySet());
        from.forEach(left::seek);
        KafkaConsumer<byte[], byte[]> right = consumer(blue);
        List<TopicPartition> partitions = partitions(right, blue, greenPrefix);
        right.assign(partitions);
        right.seekToBeginning(partitions);
        return new OutputComparison(blue, forkNanos, List.of(new Side(bluePrefix, left), new Side(greenPrefix, right)));
    }

    private static List<TopicPartition> partitions(
            KafkaConsumer<byte[], byte[]> consumer, ResolvedConfiguration config, String prefix) {
        OutputTopics topics = new OutputTopics(prefix);
        List<String> names = new ArrayList<>(
                config.intervals().asList().stream().map(topics::candles).toList());
        names.add(topics.vwap());
        return names.stream()
                .flatMap(name -> consumer.partitionsFor(name).stream())
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
    }

    private static KafkaConsumer<byte[], byte[]> consumer(ResolvedConfiguration config) {
        Map<String, Object> settings = new LinkedHashMap<>(config.kafkaProperties());
        settings.put(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                config.kafkaBootstrapServers().orElseThrow());
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "candlewick-upgrade");
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Reads what is new and judges what can be.
     *
     * @param blueCheckpoints how many blue has completed
     * @param greenCheckpoints how many green has completed
     */
    void advance(long blueCheckpoints, long greenCheckpoints) {
        read(BLUE);
        read(GREEN);
        long both = Math.min(sides.get(BLUE).progressNanos, sides.get(GREEN).progressNanos);
        if (both > Long.MIN_VALUE && (seen.isEmpty() || both > seen.getLast().nanos())) {
            seen.add(new Seen(both, blueCheckpoints, greenCheckpoints));
        }
        long settled = Long.MIN_VALUE;
        while (!seen.isEmpty()
                && blueCheckpoints >= seen.getFirst().blueCheckpoints() + CHECKPOINTS_BEHIND
                && greenCheckpoints >= seen.getFirst().greenCheckpoints() + CHECKPOINTS_BEHIND) {
            settled = seen.removeFirst().nanos();
        }
        if (settled > Long.MIN_VALUE) {
            judge(settled - slackNanos);
        }
    }

    private void read(int number) {
        Side side = sides.get(number);
        List<Entry> touched = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : side.consumer.poll(POLL)) {
            String output = record.topic().substring(side.prefix.length());
            Map<String, Json.Value> fields = Json.object(record.value());
            if (fields == null) {
                continue;
            }
            boolean candle = fields.containsKey("start_ns");
            long end = Long.parseLong(text(fields, candle ? "end_ns" : "at_ns"));
            long start = candle ? Long.parseLong(text(fields, "start_ns")) : end;
            Entry entry = open.computeIfAbsent(
                    output + " " + new String(record.key(), StandardCharsets.UTF_8), key -> new Entry(start, end));
            long revision = Long.parseLong(text(fields, "revision"));
            if (revision >= entry.revisions[number]) {
                entry.revisions[number] = revision;
                entry.values[number] = fields.entrySet().stream()
                        .filter(field -> !field.getKey().equals("revision")
                                && !field.getKey().equals("reason"))
                        .map(field -> field.getKey() + "=" + field.getValue().text())
                        .collect(Collectors.joining(" "));
            }
            touched.add(entry);
            if (output.equals("candles." + finest)) {
                side.progressNanos = Math.max(side.progressNanos, end);
            }
        }
        for (Entry entry : touched) {
            entry.neededNanos = Math.max(entry.neededNanos, Math.max(entry.endNanos, side.progressNanos));
        }
    }

    private void judge(long settledNanos) {
        for (Iterator<Map.Entry<String, Entry>> entries = open.entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<String, Entry> one = entries.next();
            Entry entry = one.getValue();
            if (entry.neededNanos > settledNanos) {
                continue;
            }
            entries.remove();
            String blue = entry.values[BLUE];
            String green = entry.values[GREEN];
            if (green == null && entry.endNanos <= forkNanos) {
                // Published before the fork.
                continue;
            }
            compared++;
            if (blue == null || !blue.equals(green)) {
                different++;
                if (differences.size() < EXAMPLES_MAX) {
                    differences.add(one.getKey() + ": " + difference(blue, green));
                }
            } else if (one.getKey().startsWith("candles." + finest + " ") && entry.startNanos >= forkNanos) {
                windows.add(entry.startNanos);
            }
        }
    }

    private static String difference(@Nullable String blue, @Nullable String green) {
        if (blue == null || green == null) {
            return blue == null ? "only the new job has it" : "only the old job has it";
        }
        List<String> left = List.of(blue.split(" ", -1));
        List<String> right = List.of(green.split(" ", -1));
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            String a = i < left.size() ? left.get(i) : "";
            String b = i < right.size() ? right.get(i) : "";
            if (!a.equals(b)) {
                parts.add(a + " | " + b);
            }
        }
        return String.join(", ", parts);
    }

    private static String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        if (value == null) {
            throw new IllegalStateException("message must have the field " + name + ", was " + fields.keySet());
        }
        return value.text();
    }

    /** How many windows of the finest interval, which began behind the fork, were equal in all instruments so far. */
    int windows() {
        return windows.size();
    }

    /** How many values were compared. */
    long compared() {
        return compared;
    }

    /** How many of them differ. */
    long different() {
        return different;
    }

    /** The first of them, for people. */
    List<String> differences() {
        return List.copyOf(differences);
    }

    @Override
    public void close() {
        sides.forEach(Side::close);
    }
}
