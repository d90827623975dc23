package dev.candlewick.connectors.kafka.source;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * Sees when the enumerator has assigned every partition that there is, and tells the readers, also those that come later.
 *
 * <p>The enumerator looks for partitions by a chain of asynchronous calls each of which is made in the handler of the one
 * before; so when a handler returns and no call is under way, it has assigned all that it has found. An unbounded run
 * looks again from time to time; of that nobody is told.
 */
final class DiscoveryContext implements SplitEnumeratorContext<KafkaPartitionSplit> {
    private final SplitEnumeratorContext<KafkaPartitionSplit> delegate;
    private final boolean isBounded;
    private int callsUnderWay;
    private boolean finished;

    DiscoveryContext(SplitEnumeratorContext<KafkaPartitionSplit> delegate, boolean isBounded) {
        this.delegate = delegate;
        this.isBounded = isBounded;
    }

    /** A reader came: where all is assigned, it hears so. */
    void readerAdded(int subtask) {
        if (finished) {
            tell(subtask);
        }
    }

    private void tell(int subtask) {
        if (isBounded) {
            delegate.signalNoMoreSplits(subtask);
        } else {
            delegate.sendEventToSourceReader(subtask, new AllAssigned());
        }
    }

    private void handled() {
        if (callsUnderWay == 0 && !finished) {
            finished = true;
            delegate.registeredReaders().keySet().forEach(this::tell);
        }
    }

    @Override
    public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
        callsUnderWay++;
        delegate.callAsync(callable, (T result, @Nullable Throwable failure) -> {
            handler.accept(result, failure);
            callsUnderWay--;
            handled();
        });
    }

    @Override
    public <T> void callAsync(
            Callable<T> callable, BiConsumer<T, Throwable> handler, long initialDelayMillis, long periodMillis) {
        if (isBounded) {
            throw new IllegalStateException("a bounded run must look for partitions once, was asked to do so every "
                    + periodMillis + " ms (partition.discovery.interval.ms)");
        }
        delegate.callAsync(
                callable,
                (T result, @Nullable Throwable failure) -> {
                    handler.accept(result, failure);
                    handled();
                },
                initialDelayMillis,
                periodMillis);
    }

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
        return delegate.metricGroup();
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
        delegate.sendEventToSourceReader(subtask, event);
    }

    @Override
    public void sendEventToSourceReader(int subtask, int attempt, SourceEvent event) {
        delegate.sendEventToSourceReader(subtask, attempt, event);
    }

    @Override
    public int currentParallelism() {
        return delegate.currentParallelism();
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
        return delegate.registeredReaders();
    }

    @Override
    public Map<Integer, Map<Integer, ReaderInfo>> registeredReadersOfAttempts() {
        return delegate.registeredReadersOfAttempts();
    }

    @Override
    public void assignSplits(SplitsAssignment<KafkaPartitionSplit> assignment) {
        delegate.assignSplits(assignment);
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
        delegate.signalNoMoreSplits(subtask);
    }

    @Override
    public void runInCoordinatorThread(Runnable runnable) {
        delegate.runInCoordinatorThread(runnable);
    }

    @Override
    public void setIsProcessingBacklog(boolean isProcessingBacklog) {
        delegate.setIsProcessingBacklog(isProcessingBacklog);
    }
}
