package dev.candlewick.connectors.kafka.source;

import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Flink's Kafka source, but where reading ends is what this run says and never what the restored state says.
 *
 * <p>Flink keeps the end of a partition in its split, and so in the checkpoint: an unbounded job that is restored as a
 * bounded one would never end, and the other way round. Nor does its enumerator tell readers that there are no more
 * splits where a restored bounded run finds no new partition, nor that none is left for a reader of an unbounded one
 * ({@link LeavingReader}). Offsets stay those of the state. State of Flink's source is
 * read; what is written carries checksums ({@link CheckedVersionedSerializer}).
 *
 * @param <T> what is read
 */
public final class StoppingSource<T>
        implements Source<T, KafkaPartitionSplit, KafkaSourceEnumState>, ResultTypeQueryable<T> {
    private static final long serialVersionUID = 1L;

    private final KafkaSource<T> delegate;
    private final @Nullable Map<TopicPartition, Long> until;
    private final @Nullable HeldBack<T> heldBack;
    private final @Nullable String run;

    private StoppingSource(
            KafkaSource<T> delegate,
            @Nullable Map<TopicPartition, Long> until,
            @Nullable HeldBack<T> heldBack,
            @Nullable String run) {
        this.delegate = delegate;
        this.until = until;
        this.heldBack = heldBack;
        this.run = run;
    }

    /** An unbounded source never ends, a bounded one at the latest record as it is at the start. */
    public static <T> StoppingSource<T> of(KafkaSource<T> delegate) {
        return new StoppingSource<>(delegate, null, null, null);
    }

    /**
     * A bounded source that ends before given offsets.
     *
     * @param until offsets by partition; a restored partition without one is read no further
     */
    public static <T> StoppingSource<T> until(KafkaSource<T> delegate, Map<TopicPartition, Long> until) {
        return new StoppingSource<>(delegate, Map.copyOf(until), null, null);
    }

    /** The same source, whose deserializer holds records back. */
    public StoppingSource<T> holding(HeldBack<T> held) {
        return new StoppingSource<>(delegate, until, held, run);
    }

    /** The same source, whose enumerator tells the log of which run it is. */
    public StoppingSource<T> inRun(String name) {
        return new StoppingSource<>(delegate, until, heldBack, name);
    }

    /** The split with the end that this run gives it. */
    KafkaPartitionSplit bounded(KafkaPartitionSplit split) {
        long stop;
        if (!isBounded()) {
            stop = KafkaPartitionSplit.NO_STOPPING_OFFSET;
        } else if (until == null) {
            stop = KafkaPartitionSplit.LATEST_OFFSET;
        } else {
            stop = until.getOrDefault(
                    split.getTopicPartition(), split.getStoppingOffset().orElse(split.getStartingOffset()));
        }
        return new KafkaPartitionSplit(split.getTopicPartition(), split.getStartingOffset(), stop);
    }

    @Override
    public Boundedness getBoundedness() {
        return delegate.getBoundedness();
    }

    @Override
    public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context) throws Exception {
        SourceReader<T, KafkaPartitionSplit> reader = delegate.createReader(context);
        return new LeavingReader<>(heldBack == null ? reader : new HoldingReader<>(reader, heldBack));
    }

    @Override
    public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
            SplitEnumeratorContext<KafkaPartitionSplit> context) {
        if (isBounded()) {
            return logged(delegate.createEnumerator(context));
        }
        DiscoveryContext discovery = new DiscoveryContext(context, false);
        return logged(new TellingEnumerator(delegate.createEnumerator(discovery), discovery));
    }

    @Override
    public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
            SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state) throws Exception {
        DiscoveryContext discovery = new DiscoveryContext(context, isBounded());
        return logged(new TellingEnumerator(delegate.restoreEnumerator(discovery, state), discovery));
    }

    private boolean isBounded() {
        return getBoundedness() == Boundedness.BOUNDED;
    }

    private SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> logged(
            SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator) {
        return run == null ? enumerator : new LoggedEnumerator(enumerator, run);
    }

    @Override
    public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
        return new StoppingSplitSerializer(
                new CheckedVersionedSerializer<>(delegate.getSplitSerializer(), "split of the Kafka source"),
                this::bounded);
    }

    @Override
    public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
        return new CheckedVersionedSerializer<>(
                delegate.getEnumeratorCheckpointSerializer(), "partitions of the Kafka source");
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return delegate.getProducedType();
    }
}
