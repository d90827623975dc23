package dev.candlewick.connectors.kafka.sink;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;

/** A writer that hands nothing to the committer where another job has the claim. */
final class ClaimingWriter
        implements StatefulSinkWriter<TopicRecord, KafkaWriterState>,
                CommittingSinkWriter<TopicRecord, KafkaCommittable> {
    private final StatefulSinkWriter<TopicRecord, KafkaWriterState> delegate;
    private final CommittingSinkWriter<TopicRecord, KafkaCommittable> committing;
    private final WriterClaim claim;

    /**
     * A writer.
     *
     * @param delegate Flink's, which is both
     */
    @SuppressWarnings("unchecked")
    ClaimingWriter(StatefulSinkWriter<TopicRecord, KafkaWriterState> delegate, WriterClaim claim) {
        this.delegate = delegate;
        this.committing = (CommittingSinkWriter<TopicRecord, KafkaCommittable>) delegate;
        this.claim = claim;
    }

    @Override
    public void write(TopicRecord record, Context context) throws IOException, InterruptedException {
        delegate.write(record, context);
    }

    @Override
    public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
        delegate.writeWatermark(watermark);
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        claim.check();
        delegate.flush(endOfInput);
    }

    @Override
    public Collection<KafkaCommittable> prepareCommit() throws IOException, InterruptedException {
        claim.check();
        return committing.prepareCommit();
    }

    @Override
    public List<KafkaWriterState> snapshotState(long checkpointId) throws IOException {
        return delegate.snapshotState(checkpointId);
    }

    @Override
    public void close() throws Exception {
        try {
            delegate.close();
        } finally {
            claim.close();
        }
    }
}
