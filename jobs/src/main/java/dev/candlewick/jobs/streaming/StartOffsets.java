package dev.candlewick.jobs.streaming;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Starts at given offsets, every one of which must lie in the log; a partition without one starts at its beginning.
 *
 * <p>Flink's own initializer starts partitions without an offset where the consumer group has committed last, which may be
 * another job's, and does not look whether an offset is still there.
 */
final class StartOffsets implements OffsetsInitializer {
    private static final long serialVersionUID = 1L;

    private final HashMap<TopicPartition, Long> offsets;

    StartOffsets(Map<TopicPartition, Long> offsets) {
        this.offsets = new HashMap<>(offsets);
    }

    @Override
    public Map<TopicPartition, Long> getPartitionOffsets(
            Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
        Map<TopicPartition, Long> beginnings = retriever.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = retriever.endOffsets(partitions);
        List<String> problems = problems(offsets, beginnings, ends);
        if (!problems.isEmpty()) {
            throw new IllegalStateException(String.join("; ", problems));
        }
        Map<TopicPartition, Long> starts = new HashMap<>(beginnings);
        starts.putAll(offsets);
        return starts;
    }

    /**
     * What is wrong with offsets, for people; empty where each lies in its log.
     *
     * @param beginnings the first offset of each partition that exists
     * @param ends the offset behind the last message of each partition that exists
     */
    static List<String> problems(
            Map<TopicPartition, Long> offsets, Map<TopicPartition, Long> beginnings, Map<TopicPartition, Long> ends) {
        List<String> problems = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        offsets.keySet().forEach(partition -> names.add(partition.topic() + ':' + partition.partition()));
        for (String name : names) {
            int colon = name.lastIndexOf(':');
            TopicPartition partition =
                    new TopicPartition(name.substring(0, colon), Integer.parseInt(name.substring(colon + 1)));
            Long offset = offsets.get(partition);
            @Nullable Long beginning = beginnings.get(partition);
            @Nullable Long end = ends.get(partition);
            if (offset == null) {
                continue;
            }
            if (beginning == null || end == null) {
                problems.add("source.start-offsets must name partitions that exist, was " + name
                        + ". Fix: give the offsets of the topic that the job reads");
            } else if (offset < beginning) {
                problems.add("source.start-offsets must lie in the log, was " + name + ':' + offset
                        + ", and retention has deleted everything before " + beginning + ", " + (beginning - offset)
                        + " messages. Fix: start from newer state, or start without it and backfill");
            } else if (offset > end) {
                problems.add("source.start-offsets must lie in the log, was " + name + ':' + offset
                        + ", and the log ends at " + end
                        + ". Fix: give the topic and the broker that the offsets are of");
            }
        }
        return problems;
    }

    @Override
    public OffsetResetStrategy getAutoOffsetResetStrategy() {
        return OffsetResetStrategy.NONE;
    }
}
