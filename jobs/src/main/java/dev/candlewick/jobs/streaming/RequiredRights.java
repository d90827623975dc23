package dev.candlewick.jobs.streaming;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rights that the streaming job needs of a broker that grants them one by one, and no other: what
 * docs/operating/security.md lists is made from it.
 */
public final class RequiredRights {
    private RequiredRights() {}

    /** What a right is on; as Kafka's tools call it. */
    public enum Resource {
        /** A topic. */
        TOPIC("--topic"),
        /** A consumer group. */
        GROUP("--group"),
        /** A transactional id. */
        TRANSACTIONAL_ID("--transactional-id"),
        /** The cluster itself. */
        CLUSTER("--cluster");

        private final String option;

        Resource(String option) {
            this.option = option;
        }
    }

    /**
     * One or more rights on one resource.
     *
     * @param resource kind of it
     * @param name of it, or what the names begin with; empty for the cluster
     * @param prefixed whether the name is a beginning
     * @param operations by the names of Kafka's {@code AclOperation}
     * @param why the job needs it, for people
     */
    public record Right(Resource resource, String name, boolean prefixed, List<String> operations, String why) {
        /** Copies the list. */
        public Right {
            operations = List.copyOf(operations);
        }

        /** The arguments of {@code kafka-acls.sh --add --allow-principal User:…} that grant it. */
        public String arguments() {
            StringBuilder text = new StringBuilder();
            operations.forEach(operation ->
                    text.append("--operation ").append(tool(operation)).append(' '));
            text.append(resource.option);
            if (resource != Resource.CLUSTER) {
                text.append(" '").append(name).append('\'');
            }
            return text.append(prefixed ? " --resource-pattern-type prefixed" : "")
                    .toString();
        }

        /** {@code DESCRIBE_CONFIGS} is {@code DescribeConfigs} there. */
        private static String tool(String operation) {
            StringBuilder text = new StringBuilder();
            for (String word : operation.split("_", -1)) {
                text.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
            }
            return text.toString();
        }
    }

    /** The rights of a job with these options, whose topics need not exist. */
    public static List<Right> of(ResolvedConfiguration config) {
        List<Right> rights = new ArrayList<>();
        for (String topic : config.sourceTopics()) {
            rights.add(new Right(Resource.TOPIC, topic, false, List.of("READ"), "trades come from it"));
        }
        OutputTopics topics = new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX));
        for (String topic : topics.all(config.intervals())) {
            List<String> operations = topic.equals(topics.rejected())
                    ? List.of("WRITE", "CREATE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS")
                    : List.of("WRITE", "CREATE");
            rights.add(new Right(
                    Resource.TOPIC,
                    topic,
                    false,
                    operations,
                    topic.equals(topics.rejected())
                            ? "messages that were turned away, and that it takes as long ones as the sources"
                            : "results; CREATE only where the topic is not there before the first start"));
        }
        rights.add(new Right(Resource.TOPIC, topics.heals(), false, List.of("READ"), "what heals have set right"));
        rights.add(new Right(
                Resource.GROUP,
                config.get(CandlewickOptions.KAFKA_GROUP_ID),
                false,
                List.of("READ"),
                "how far the job is; what it goes on from stands in its checkpoints"));
        String transactions = StreamingStart.transactionalIdPrefix(config);
        rights.add(new Right(
                Resource.GROUP, transactions, true, List.of("READ"), "that no second job writes with the same ids"));
        rights.add(new Right(
                Resource.TRANSACTIONAL_ID,
                transactions,
                true,
                List.of("WRITE"),
                "exactly once: results become visible with a checkpoint, all or none"));
        rights.add(new Right(
                Resource.CLUSTER,
                "",
                false,
                List.of("DESCRIBE_CONFIGS"),
                "the broker's limit on transactions, before the first one"));
        return rights;
    }
}
