package dev.candlewick.connectors.kafka.source;

import java.util.List;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * Flink's reader with a deserializer that {@linkplain HeldBack holds records back}.
 *
 * <p>Those are passed on as soon as a poll brings no record. A checkpoint keeps the offset of the first of them: what
 * no record spoke of yet is read again after a restart, so each is spoken of once.
 */
final class HoldingReader<T> extends ForwardingReader<T> {
    /** So many records are read at a time where none was passed on; then the task looks at its mail. */
    private static final int POLLS_MAX = 128;

    private final HeldBack<T> held;

    HoldingReader(SourceReader<T, KafkaPartitionSplit> delegate, HeldBack<T> held) {
        super(delegate);
        this.held = held;
    }

    @Override
    public void start() {
        held.clear();
        super.start();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
        long before = held.records();
        InputStatus status = super.pollNext(output);
        for (int polls = 1;
                polls < POLLS_MAX && status == InputStatus.MORE_AVAILABLE && held.records() > before;
                polls++) {
            before = held.records();
            status = super.pollNext(output);
        }
        if (held.records() > 0 && (status != InputStatus.MORE_AVAILABLE || held.records() == before)) {
            // A poll without a record may have ended the split of what is held, which no checkpoint knows from then on.
            // Hence not by the output of a split either; nor has it a time.
            output.collect(held.take());
        }
        return status;
    }

    @Override
    public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
        List<KafkaPartitionSplit> splits = super.snapshotState(checkpointId);
        return held.records() == 0
                ? splits
                : splits.stream().map(this::fromFirstHeld).toList();
    }

    private KafkaPartitionSplit fromFirstHeld(KafkaPartitionSplit split) {
        return held.isOf(split.getTopicPartition())
                ? new KafkaPartitionSplit(
                        split.getTopicPartition(),
                        held.firstOffset(),
                        split.getStoppingOffset().orElse(KafkaPartitionSplit.NO_STOPPING_OFFSET))
                : split;
    }
}
