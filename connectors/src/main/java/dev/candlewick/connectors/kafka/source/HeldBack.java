package dev.candlewick.connectors.kafka.source;

import java.io.Serializable;
import org.apache.kafka.common.TopicPartition;

/**
 * What a deserializer has read and not passed on yet; a run of records of one partition, behind which nothing of that
 * partition was passed on. Used by the thread of one source task.
 *
 * <p>A source must be serialized together with its deserializer, so that both have the same one.
 *
 * @param <T> what stands for the run once it is passed on
 */
public interface HeldBack<T> extends Serializable {
    /** How many records are held back. */
    long records();

    /** Whether those are records of this partition; only where there are any. */
    boolean isOf(TopicPartition partition);

    /** Offset of the first of them; only where there are any. */
    long firstOffset();

    /** What stands for them, to be passed on before the next call; afterwards none is held back. */
    T take();

    /** Forgets what is held back; at the start of a task, which reads it again. */
    void clear();
}
