package dev.candlewick.connectors.kafka.sink;

import java.io.IOException;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaSink;

/**
 * Flink's at-least-once sink without its writer state.
 *
 * <p>That state is empty where nothing is transactional, but a checkpoint with it can only be restored by a job that has
 * this sink: the live topic could never be turned off, and a bounded run could not go on from an unbounded one.
 */
final class StatelessSink<T> implements Sink<T> {
    private static final long serialVersionUID = 1L;

    private final KafkaSink<T> delegate;

    StatelessSink(KafkaSink<T> delegate) {
        this.delegate = delegate;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
        return delegate.createWriter(context);
    }
}
