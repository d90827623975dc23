package dev.candlewick.connectors.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class LeavingReaderTest {
    private static final List<KafkaPartitionSplit> PARTITION =
            List.of(new KafkaPartitionSplit(new TopicPartition("trades", 0), 0));

    /** How often it was told that its reader is idle. */
    private static final class Idle implements ReaderOutput<String> {
        int marks;

        @Override
        public void collect(String record) {}

        @Override
        public void collect(String record, long timestamp) {}

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {
            marks++;
        }

        @Override
        public void markActive() {}

        @Override
        public SourceOutput<String> createOutputForSplit(String splitId) {
            return this;
        }

        @Override
        public void releaseOutputForSplit(String splitId) {}
    }

    /** A reader for which nothing comes until its future is completed. */
    private static final class Waiting implements SourceReader<String, KafkaPartitionSplit> {
        final CompletableFuture<Void> available = new CompletableFuture<>();

        @Override
        public void start() {}

        @Override
        public InputStatus pollNext(ReaderOutput<String> output) {
            return InputStatus.NOTHING_AVAILABLE;
        }

        @Override
        public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
            return List.of();
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return available;
        }

        @Override
        public void addSplits(List<KafkaPartitionSplit> splits) {}

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    private final Waiting waiting = new Waiting();
    private final Idle output = new Idle();
    private final LeavingReader<String> reader = new LeavingReader<>(waiting);

    @Test
    void aReaderWithoutAPartitionLeavesAsSoonAsAllAreAssigned() throws Exception {
        // Given a reader that waits, with nothing to read
        reader.pollNext(output);
        CompletableFuture<Void> before = reader.isAvailable();
        assertThat(before).isNotDone();
        assertThat(output.marks).isZero();

        // When all partitions are with others
        reader.handleSourceEvents(new AllAssigned());

        // Then it is woken, leaves, and waits as before
        assertThat(before).isCompleted();
        assertThat(reader.isAvailable()).isCompleted();
        assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
        assertThat(output.marks).isEqualTo(1);
        assertThat(reader.isAvailable()).isSameAs(waiting.available);
        reader.pollNext(output);
        assertThat(output.marks).isEqualTo(1);
    }

    @Test
    void aReaderWithAPartitionStays() throws Exception {
        reader.addSplits(PARTITION);
        assertThat(reader.isAvailable()).isSameAs(waiting.available);
        reader.handleSourceEvents(new AllAssigned());
        reader.pollNext(output);
        assertThat(output.marks).isZero();
        assertThat(reader.isAvailable()).isSameAs(waiting.available);
    }

    @Test
    void aPartitionThatComesBeforeItLeavesKeepsIt() throws Exception {
        reader.handleSourceEvents(new AllAssigned());
        reader.addSplits(PARTITION);
        reader.pollNext(output);
        assertThat(output.marks).isZero();
    }

    @Test
    void aRecordWakesItToo() {
        CompletableFuture<Void> before = reader.isAvailable();
        waiting.available.complete(null);
        assertThat(before).isCompleted();
    }
}
