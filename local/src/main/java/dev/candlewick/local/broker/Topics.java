package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Similar;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Creates topics and finds them. */
public final class Topics {

    /**
     * What a topic of trades must have: the broker's own time stamps. Otherwise the check against trades from the
     * future trusts the sender where a trade carries no receive time.
     */
    public static final Map<String, String> INPUT_CONFIGS = Map.of("message.timestamp.type", "LogAppendTime");

    private static final long READY_LIMIT_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long READY_CHECK_NANOS = Duration.ofMillis(20).toNanos();

    private Topics() {}

    /**
     * A topic as it is, which may differ from what was wanted if it existed before.
     *
     * @param name the topic
     * @param partitions how many partitions it has
     * @param created true if it did not exist before
     * @param deviations of the wanted settings, those with another value: name, and the value it has
     */
    public record Topic(String name, int partitions, boolean created, Map<String, String> deviations) {}

    /**
     * Creates a topic if it does not exist, and returns when all its partitions can be written.
     *
     * <p>A topic that exists is left as it is: other settings or another number of partitions are reported, never
     * changed.
     *
     * @param partitions how many partitions a new topic gets, at least 1
     * @param configs settings of a new topic
     * @throws CommandFailure with exit code 2 for an impossible name, 4 if Kafka refuses
     */
    public static Topic ensure(Admin admin, String name, int partitions, Map<String, String> configs) {
        boolean created = find(admin, name) == null && create(admin, name, partitions, configs);
        TopicDescription description = awaitLeaders(admin, name);
        Map<String, String> deviations = Map.of();
        if (!created && !configs.isEmpty()) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
            Config actual = KafkaClients.get(
                            admin.describeConfigs(List.of(resource)).all(), "reading the settings of topic " + name)
                    .get(resource);
            deviations = new java.util.TreeMap<>();
            for (Map.Entry<String, String> wanted : configs.entrySet()) {
                var entry = actual == null ? null : actual.get(wanted.getKey());
                String value = entry == null ? null : entry.value();
                if (!wanted.getValue().equals(value)) {
                    deviations.put(wanted.getKey(), String.valueOf(value));
                }
            }
        }
        return new Topic(name, description.partitions().size(), created, deviations);
    }

    /**
     * The number of partitions of a topic that must exist.
     *
     * @throws CommandFailure with exit code 2 if it does not, naming similar topics
     */
    public static int partitions(Admin admin, String name) {
        if (find(admin, name) == null) {
            throw unknown(name, KafkaClients.get(admin.listTopics().names(), "listing the topics"));
        }
        return awaitLeaders(admin, name).partitions().size();
    }

    private static CommandFailure unknown(String name, Collection<String> names) {
        List<String> similar = Similar.to(name, names);
        Set<String> all = new TreeSet<>(names);
        String fix = !similar.isEmpty()
                ? "did you mean: " + String.join(", ", similar) + "?"
                : all.isEmpty()
                        ? "the broker has no topics yet: send trades with ./candlewick produce"
                        : "the broker has: " + String.join(", ", all);
        return CommandFailure.usage("topic must exist, was unknown: " + name, null, fix);
    }

    private static boolean create(Admin admin, String name, int partitions, Map<String, String> configs) {
        try {
            // Without a replication factor the broker's own default counts.
            NewTopic topic =
                    new NewTopic(name, java.util.Optional.of(partitions), java.util.Optional.empty()).configs(configs);
            KafkaClients.get(admin.createTopics(List.of(topic)).all(), "creating topic " + name);
            return true;
        } catch (CommandFailure e) {
            if (e.getCause() instanceof TopicExistsException) {
                // Somebody else was faster.
                return false;
            }
            if (e.getCause() instanceof InvalidTopicException invalid) {
                throw CommandFailure.usage(
                        "topic name must be valid, was refused: " + invalid.getMessage(), name, "choose another name");
            }
            throw e;
        }
    }

    /** Right after its creation a topic may have partitions without leader, and clients would log warnings. */
    private static TopicDescription awaitLeaders(Admin admin, String name) {
        long start = System.nanoTime();
        while (true) {
            TopicDescription description = find(admin, name);
            if (description != null
                    && description.partitions().stream()
                            .allMatch(p -> p.leader() != null && !p.leader().isEmpty())) {
                return description;
            }
            if (System.nanoTime() - start > READY_LIMIT_NANOS) {
                throw CommandFailure.environment(
                        "all partitions of topic " + name + " must have a leader, had none for 30 s",
                        null,
                        "look at the broker's log",
                        null);
            }
            LockSupport.parkNanos(READY_CHECK_NANOS);
        }
    }

    private static @Nullable TopicDescription find(Admin admin, String name) {
        try {
            return KafkaClients.get(admin.describeTopics(List.of(name)).allTopicNames(), "describing topic " + name)
                    .get(name);
        } catch (CommandFailure e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return null;
            }
            if (e.getCause() instanceof InvalidTopicException invalid) {
                throw CommandFailure.usage(
                        "topic name must be valid, was refused: " + invalid.getMessage(), name, "choose another name");
            }
            throw e;
        }
    }
}
