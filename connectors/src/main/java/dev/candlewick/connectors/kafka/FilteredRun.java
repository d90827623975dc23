package dev.candlewick.connectors.kafka;

import dev.candlewick.connectors.kafka.source.HeldBack;
import dev.candlewick.core.model.Decoded;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Filtered messages of one partition that came one behind the other and are passed on as one {@link Decoded}, because in
 * a firehose of orders and quotes most of a message's way through the job is that it is a record; one thread.
 */
public final class FilteredRun implements HeldBack<Decoded> {
    private static final long serialVersionUID = 1L;

    /** So many are passed on at the latest: what stands behind them in the counts. */
    static final int RECORDS_MAX = 1_024;

    private transient @Nullable Decoded carrier;
    private transient @Nullable String topic;
    private transient int source;
    private transient int partition;
    private transient long firstOffset;
    private transient long lastOffset;
    private transient long records;

    /** An empty run. */
    public FilteredRun() {}

    /** Whether a filtered message is of the partition of those held back. */
    boolean continuesWith(Decoded filtered) {
        return partition == filtered.readPartition() && source == filtered.readSource();
    }

    /** Adds a filtered message; whether it is time to pass them on. */
    boolean add(ConsumerRecord<byte[], byte[]> record, Decoded filtered) {
        if (records == 0) {
            topic = record.topic();
            source = filtered.readSource();
            partition = filtered.readPartition();
            firstOffset = record.offset();
        }
        lastOffset = record.offset();
        records++;
        return records == RECORDS_MAX;
    }

    @Override
    public long records() {
        return records;
    }

    @Override
    public boolean isOf(TopicPartition other) {
        return other.partition() == partition && other.topic().equals(topic);
    }

    @Override
    public long firstOffset() {
        return firstOffset;
    }

    @Override
    public Decoded take() {
        Decoded made = carrier;
        if (made == null) {
            made = new Decoded();
            carrier = made;
        }
        made.setFiltered(source, partition, lastOffset, records);
        records = 0;
        return made;
    }

    @Override
    public void clear() {
        records = 0;
    }
}
