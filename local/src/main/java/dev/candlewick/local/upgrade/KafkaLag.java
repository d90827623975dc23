package dev.candlewick.local.upgrade;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CommandFailure;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** How far a job is behind the ends of its topics, by the offsets that it commits with each checkpoint. */
final class KafkaLag implements AutoCloseable {
    private static final int LIMIT_MILLIS = 5_000;

    private final Admin admin;
    private final String group;

    /**
     * The lag of the job of a configuration.
     *
     * @throws CommandFailure with exit code 4 where no broker answers
     */
    KafkaLag(ResolvedConfiguration config) {
        String servers = config.kafkaBootstrapServers().orElseThrow();
        // Refuses an address where nobody listens with one line, and not after retries.
        KafkaClients.connect(servers).close();
        Map<String, Object> settings = new HashMap<>(config.kafkaProperties());
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        settings.put(AdminClientConfig.CLIENT_ID_CONFIG, "candlewick-upgrade");
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, LIMIT_MILLIS);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, LIMIT_MILLIS);
        admin = Admin.create(settings);
        group = config.get(CandlewickOptions.KAFKA_GROUP_ID);
    }

    /**
     * Where a job stands.
     *
     * @param read sum of the committed offsets
     * @param behind how many offsets lie behind them
     */
    record Position(long read, long behind) {
        /** Offsets of the ends, added up. */
        long end() {
            return read + behind;
        }

        /**
         * Whether less than half of what has come since was read. Positions move with checkpoints and the ends all the
         * time, so no single look tells a smaller difference.
         */
        boolean isSlower(Position since) {
            return 2 * (read - since.read) < end() - since.end();
        }
    }

    /** Where the job stands, null while Kafka does not tell or the job has committed nothing. */
    @Nullable
    Position position() {
        try {
            Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>(admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(LIMIT_MILLIS, TimeUnit.MILLISECONDS));
            committed.values().removeIf(offset -> offset == null);
            if (committed.isEmpty()) {
                return null;
            }
            Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
            committed.keySet().forEach(partition -> ends.put(partition, OffsetSpec.latest()));
            Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(
                            ends, new org.apache.kafka.clients.admin.ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                    .all()
                    .get(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
            long read = 0;
            long behind = 0;
            for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : committed.entrySet()) {
                ListOffsetsResultInfo end = found.get(entry.getKey());
                read += entry.getValue().offset();
                behind += end == null
                        ? 0
                        : Math.max(0, end.offset() - entry.getValue().offset());
            }
            return new Position(read, behind);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    @Override
    public void close() {
        admin.close(java.time.Duration.ofSeconds(1));
    }
}
