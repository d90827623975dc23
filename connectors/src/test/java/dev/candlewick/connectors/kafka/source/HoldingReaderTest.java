package dev.candlewick.connectors.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.kafka.FilteredRun;
import dev.candlewick.connectors.kafka.TradeRecordDeserializer;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.testkit.property.SeededProperty;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class HoldingReaderTest {
    private static final String TOPIC = "firehose";
    private static final int PARTITIONS = 3;
    private static final String TRADE =
            "{\"event_time_ns\":1570752011620000000,\"venue\":\"v\",\"symbol\":\"S\",\"price\":\"1.5\",\"size\":\"2\"}";
    private static final String ORDER = "{\"type\":\"order\",\"id\":7}";
    private static final String BROKEN = "{";

    /** What was passed on, counted by partition and kind. */
    private static final class Counts implements ReaderOutput<Decoded> {
        final Map<String, Long> byKind = new HashMap<>();
        long emitted;

        @Override
        public void collect(Decoded decoded) {
            emitted++;
            byKind.merge(decoded.readPartition() + " " + decoded.kind(), decoded.messages(), Long::sum);
        }

        @Override
        public void collect(Decoded decoded, long timestamp) {
            collect(decoded);
        }

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}

        @Override
        public SourceOutput<Decoded> createOutputForSplit(String splitId) {
            return this;
        }

        @Override
        public void releaseOutputForSplit(String splitId) {}
    }

    /**
     * Reads logs in memory in a random order of partitions, one record at a poll, as Flink's reader does: a poll that only
     * finds that a partition is at its end brings no record, and from then on no snapshot has it.
     */
    private static final class Logs implements SourceReader<Decoded, KafkaPartitionSplit> {
        private final List<List<String>> logs;
        private final TradeRecordDeserializer deserializer;
        private final Random random;
        private final long[] offsets = new long[PARTITIONS];
        private final boolean[] isOver = new boolean[PARTITIONS];

        Logs(List<List<String>> logs, TradeRecordDeserializer deserializer, Random random) {
            this.logs = logs;
            this.deserializer = deserializer;
            this.random = random;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Decoded> output) {
            List<Integer> left = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                if (offsets[i] < logs.get(i).size()) {
                    left.add(i);
                } else if (!isOver[i]) {
                    isOver[i] = true;
                    return InputStatus.MORE_AVAILABLE;
                }
            }
            if (left.isEmpty()) {
                return InputStatus.END_OF_INPUT;
            }
            if (random.nextInt(100) == 0) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            int partition = left.get(random.nextInt(10) == 0 ? random.nextInt(left.size()) : 0);
            long offset = offsets[partition]++;
            byte[] value = logs.get(partition).get((int) offset).getBytes(StandardCharsets.UTF_8);
            deserializer.deserialize(
                    new ConsumerRecord<>(TOPIC, partition, offset, null, value),
                    new org.apache.flink.util.Collector<>() {
                        @Override
                        public void collect(Decoded decoded) {
                            output.collect(decoded);
                        }

                        @Override
                        public void close() {}
                    });
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
            List<KafkaPartitionSplit> splits = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                if (!isOver[i]) {
                    splits.add(new KafkaPartitionSplit(new TopicPartition(TOPIC, i), offsets[i]));
                }
            }
            return splits;
        }

        @Override
        public void addSplits(List<KafkaPartitionSplit> splits) {
            for (int i = 0; i < PARTITIONS; i++) {
                offsets[i] = logs.get(i).size();
                isOver[i] = true;
            }
            for (KafkaPartitionSplit split : splits) {
                offsets[split.getPartition()] = split.getStartingOffset();
                isOver[split.getPartition()] = false;
            }
        }

        @Override
        public void start() {}

        @Override
        public CompletableFuture<Void> isAvailable() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    private static SourceReader<Decoded, KafkaPartitionSplit> reader(List<List<String>> logs, Random random)
            throws Exception {
        record Shipped(TradeRecordDeserializer deserializer, FilteredRun run) implements java.io.Serializable {}
        FilteredRun run = new FilteredRun();
        // As both are shipped to a task: they must still share the run.
        Shipped shipped = InstantiationUtil.clone(new Shipped(
                new TradeRecordDeserializer(
                                WireFormat.JSON,
                                FeedRules.builder().build(),
                                List.of(TOPIC),
                                TypeInformation.of(Decoded.class))
                        .holdingFiltered(run),
                run));
        HoldingReader<Decoded> reader =
                new HoldingReader<>(new Logs(logs, shipped.deserializer(), random), shipped.run());
        reader.start();
        return reader;
    }

    private static List<List<String>> logs(Random random) {
        List<List<String>> logs = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            List<String> log = new ArrayList<>();
            int size = random.nextInt(6_000);
            int others = 1 + random.nextInt(2_000);
            for (int j = 0; j < size; j++) {
                int kind = random.nextInt(others + 1);
                log.add(kind > 1 ? ORDER : kind == 1 ? BROKEN : TRADE);
            }
            logs.add(log);
        }
        return logs;
    }

    /** What must have been passed on in the end. */
    private static Map<String, Long> counted(List<List<String>> logs) {
        Map<String, Long> counted = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            for (String message : logs.get(i)) {
                Decoded.Kind kind = message.equals(ORDER)
                        ? Decoded.Kind.FILTERED
                        : message.equals(TRADE) ? Decoded.Kind.TRADE : Decoded.Kind.REJECTED;
                counted.merge(i + " " + kind, 1L, Long::sum);
            }
        }
        return counted;
    }

    /** There is always something to read, and one partition is read behind the other. */
    private static Random inOrder() {
        return new Random(1) {
            @Override
            public int nextInt(int bound) {
                return bound - 1;
            }
        };
    }

    /** A task that fails at any poll and goes on from a snapshot of any poll before has counted each message once. */
    @Test
    void eachMessageIsCountedOnceHoweverOftenTheTaskFails() {
        SeededProperty.check(60, seed -> {
            Random random = new Random(seed);
            List<List<String>> logs = logs(random);
            Map<String, Long> expected = counted(logs);
            SourceReader<Decoded, KafkaPartitionSplit> reader = reader(logs, random);
            Counts counts = new Counts();
            Map<String, Long> checkpointed = Map.of();
            List<KafkaPartitionSplit> splits = new Logs(logs, null, random).snapshotState(0);
            int failures = 0;
            InputStatus status = InputStatus.MORE_AVAILABLE;
            for (int poll = 0; status != InputStatus.END_OF_INPUT; poll++) {
                status = reader.pollNext(counts);
                if (random.nextInt(20) == 0) {
                    checkpointed = Map.copyOf(counts.byKind);
                    splits = reader.snapshotState(poll);
                } else if (failures < 5 && random.nextInt(100) == 0) {
                    failures++;
                    status = InputStatus.MORE_AVAILABLE;
                    counts.byKind.clear();
                    counts.byKind.putAll(checkpointed);
                    reader = reader(logs, random);
                    reader.addSplits(splits);
                }
            }
            assertThat(counts.byKind).isEqualTo(expected);
        });
    }

    /** Also where the partition of what is held ended meanwhile: no snapshot has it any more. */
    @Test
    void nothingIsLostBehindWhicheverPollTheTaskFails() throws Exception {
        List<List<String>> logs = List.of(List.of(ORDER, ORDER), List.of(TRADE, ORDER, TRADE), List.of());
        for (int polls = 0; polls < 12; polls++) {
            Counts counts = new Counts();
            SourceReader<Decoded, KafkaPartitionSplit> failing = reader(logs, inOrder());
            for (int i = 0; i < polls; i++) {
                failing.pollNext(counts);
            }
            List<KafkaPartitionSplit> splits = failing.snapshotState(1);
            SourceReader<Decoded, KafkaPartitionSplit> restored = reader(logs, inOrder());
            restored.addSplits(splits);
            while (restored.pollNext(counts) != InputStatus.END_OF_INPUT) {
                assertThat(counts.emitted).isLessThanOrEqualTo(6);
            }
            assertThat(counts.byKind).as("after %s polls", polls).isEqualTo(counted(logs));
        }
    }

    @Test
    void aFirehoseIsPassedOnInFewRecords() throws Exception {
        List<List<String>> logs = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            logs.add(java.util.Collections.nCopies(100_000, ORDER));
        }
        Counts counts = new Counts();
        SourceReader<Decoded, KafkaPartitionSplit> reader = reader(logs, inOrder());
        while (reader.pollNext(counts) != InputStatus.END_OF_INPUT) {
            assertThat(counts.emitted).isLessThanOrEqualTo(300);
        }
        assertThat(counts.byKind.values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(300_000);
        assertThat(counts.emitted).isBetween(293L, 300L);
    }
}
