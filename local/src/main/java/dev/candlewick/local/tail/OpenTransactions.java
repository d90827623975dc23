package dev.candlewick.local.tail;

import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CommandFailure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Finds what holds back the end of a topic: messages behind the first open transaction are not visible yet. */
final class OpenTransactions {

    private OpenTransactions() {}

    /** How far a partition can be read, and how far it is written. */
    record End(long stable, long written) {
        boolean isBlocked() {
            return written > stable;
        }
    }

    /** The ends of partitions; a partition counts as blocked only if it surely was when asked. */
    static Map<TopicPartition, End> ends(Admin admin, Collection<TopicPartition> partitions) {
        // The written end is asked for first: what is written after it cannot make an open end look blocked.
        Map<TopicPartition, Long> written = offsets(admin, partitions, IsolationLevel.READ_UNCOMMITTED);
        Map<TopicPartition, Long> stable = offsets(admin, partitions, IsolationLevel.READ_COMMITTED);
        Map<TopicPartition, End> ends = new HashMap<>();
        for (TopicPartition partition : partitions) {
            ends.put(partition, new End(stable.getOrDefault(partition, 0L), written.getOrDefault(partition, 0L)));
        }
        return ends;
    }

    /** One line for each blocked partition: how much waits, for which transaction. */
    static List<String> describe(Admin admin, Map<TopicPartition, End> ends, long nowMillis) {
        List<TopicPartition> blocked = ends.entrySet().stream()
                .filter(entry -> entry.getValue().isBlocked())
                .map(Map.Entry::getKey)
                .sorted((a, b) -> Integer.compare(a.partition(), b.partition()))
                .toList();
        if (blocked.isEmpty()) {
            return List.of();
        }
        Map<Long, String> names = new HashMap<>();
        Map<TopicPartition, PartitionProducerState> states = Map.of();
        try {
            for (TransactionListing transaction :
                    KafkaClients.get(admin.listTransactions().all(), "listing the transactions")) {
                names.put(transaction.producerId(), transaction.transactionalId());
            }
            states = KafkaClients.get(admin.describeProducers(blocked).all(), "describing the producers");
        } catch (CommandFailure e) {
            // Needs rights that a reader may not have; that the end is blocked is known all the same.
            names.clear();
        }
        List<String> lines = new ArrayList<>();
        for (TopicPartition partition : blocked) {
            End end = ends.getOrDefault(partition, new End(0, 0));
            lines.add("note: " + partition.topic() + " partition " + partition.partition() + ": offsets "
                    + end.stable() + " to " + (end.written() - 1) + " not visible yet, blocked by open transaction"
                    + owner(states.get(partition), end.stable(), names, nowMillis)
                    + "; they appear when it commits");
        }
        return lines;
    }

    private static String owner(
            @org.jspecify.annotations.Nullable PartitionProducerState state,
            long stable,
            Map<Long, String> names,
            long nowMillis) {
        if (state == null) {
            return "";
        }
        for (ProducerState producer : state.activeProducers()) {
            OptionalLong start = producer.currentTransactionStartOffset();
            if (start.isPresent() && start.getAsLong() == stable) {
                double seconds = Math.max(0, nowMillis - producer.lastTimestamp()) / 1000.0;
                return String.format(
                        Locale.ROOT,
                        " %s (last write %.1f s ago)",
                        names.getOrDefault(producer.producerId(), "of producer " + producer.producerId()),
                        seconds);
            }
        }
        return "";
    }

    private static Map<TopicPartition, Long> offsets(
            Admin admin, Collection<TopicPartition> partitions, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        Map<TopicPartition, ListOffsetsResultInfo> found = KafkaClients.get(
                admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all(), "reading the ends of the topic");
        found.forEach((partition, info) -> offsets.put(partition, info.offset()));
        return offsets;
    }
}
