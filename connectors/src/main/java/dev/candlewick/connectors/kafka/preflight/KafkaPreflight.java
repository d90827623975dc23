package dev.candlewick.connectors.kafka.preflight;

import dev.candlewick.connectors.kafka.ReferencedSecrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Asks a broker, within 20 s, whether a job may start against it; closes its client itself.
 *
 * <p>Every question that has no answer in time is a {@link PreflightException} that names the address: no silent hang.
 */
public final class KafkaPreflight implements AutoCloseable {
    private static final long ANSWER_SECONDS = 20;

    /** More than the frame of a batch with one record, key included. */
    private static final int BATCH_FRAME_BYTES = 4096;

    private final Admin admin;
    private final Properties config;
    private final String servers;

    /**
     * A preflight against the brokers of a client configuration.
     *
     * @throws PreflightException where nobody listens there, or the configuration cannot be used
     */
    public KafkaPreflight(Properties clientConfig) {
        config = new Properties();
        config.putAll(clientConfig);
        config.put("request.timeout.ms", "10000");
        config.put("default.api.timeout.ms", "15000");
        this.servers = String.valueOf(clientConfig.get("bootstrap.servers"));
        List<String> unreadable = ReferencedSecrets.problems(clientConfig, System.getenv());
        if (!unreadable.isEmpty()) {
            throw new PreflightException(
                    new KafkaTrouble(
                            KafkaTrouble.Kind.CLIENT,
                            String.join("; ", unreadable),
                            "make file or variable readable for every process of the job, with the secret and nothing"
                                    + " behind it"),
                    null);
        }
        // A client would try a dead address for its whole timeout, with a warning for every attempt.
        KafkaTrouble unreachable = KafkaTrouble.probe(servers);
        if (unreachable != null) {
            throw new PreflightException(unreachable, null);
        }
        try {
            this.admin = Admin.create(config);
        } catch (KafkaException e) {
            throw new PreflightException(KafkaTrouble.of("create a client", e, config), e);
        }
    }

    /** Partition counts of the existing topics that are wanted. */
    public Map<String, Integer> partitions(Predicate<String> isWanted) {
        Set<String> wanted = new TreeSet<>(ask("list topics", admin.listTopics().names()));
        wanted.removeIf(isWanted.negate());
        Map<String, Integer> counts = new HashMap<>();
        ask("describe topics", admin.describeTopics(wanted).allTopicNames())
                .forEach((name, description) ->
                        counts.put(name, description.partitions().size()));
        return counts;
    }

    /** The first offset of each partition, or with {@code ends} the one behind its last message. */
    public Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, boolean ends) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, ends ? OffsetSpec.latest() : OffsetSpec.earliest()));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        ask("read the offsets of " + partitions, admin.listOffsets(wanted).all())
                .forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    /**
     * Why topics that must exist are not seen: a client that may not see a topic is told that there is none.
     *
     * @return the names that do not exist
     * @throws PreflightException where this client has no right to see one
     */
    public List<String> missing(Collection<String> topics) {
        List<String> missing = new ArrayList<>();
        admin.describeTopics(topics).topicNameValues().forEach((name, answer) -> {
            try {
                ask("describe topic " + name, answer);
            } catch (PreflightException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
                missing.add(name);
            }
        });
        return missing;
    }

    /**
     * Requires rights on topics that exist; a broker without authorization grants all.
     *
     * @throws PreflightException with every right that is missing
     */
    public void requireRights(Collection<String> topics, AclOperation operation) {
        List<String> denied = denied(topics, operation);
        if (!denied.isEmpty()) {
            throw new PreflightException(
                    new KafkaTrouble(
                            KafkaTrouble.Kind.PERMISSION,
                            "this client must be allowed to " + operation + " topic " + String.join(", ", denied)
                                    + ", was not (bootstrap.servers=" + servers + ")",
                            KafkaTrouble.permissionFix()),
                    null);
        }
    }

    /**
     * Requires the right to see transactional ids that begin with a prefix, which the right to write with them brings.
     *
     * <p>Kafka tells nobody which rights there are on transactional ids; to write with one would leave it behind. A client
     * that may see them and must not write fails at its start.
     *
     * @throws PreflightException where it is missing
     */
    public void requireTransactionalIds(String prefix) {
        String id = prefix + "start";
        try {
            admin.describeTransactions(List.of(id)).description(id).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TransactionalIdNotFoundException)) {
                throw unanswered("write with transactional ids that begin with " + prefix, cause(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered("describe transactional ids", e);
        } catch (TimeoutException e) {
            throw unanswered("describe transactional ids", e);
        }
    }

    private List<String> denied(Collection<String> topics, AclOperation operation) {
        List<String> denied = new ArrayList<>();
        ask(
                        "describe the rights on topics",
                        admin.describeTopics(topics, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                                .allTopicNames())
                .forEach((name, description) -> {
                    Set<AclOperation> granted = description.authorizedOperations();
                    if (granted != null && !granted.contains(operation)) {
                        denied.add(name);
                    }
                });
        return denied;
    }

    /** Makes the topics that do not exist; one that another process makes at the same moment is as good. */
    public void ensureTopics(Collection<String> topics, int partitions, Map<String, String> configs) {
        Set<String> missing = new TreeSet<>(topics);
        missing.removeAll(ask("list topics", admin.listTopics().names()));
        if (missing.isEmpty()) {
            return;
        }
        List<NewTopic> made = new ArrayList<>();
        for (String name : missing) {
            made.add(
                    new NewTopic(name, java.util.Optional.of(partitions), java.util.Optional.empty()).configs(configs));
        }
        try {
            admin.createTopics(made).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw unanswered("create topics " + missing, cause(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered("create topics", e);
        } catch (TimeoutException e) {
            throw unanswered("create topics", e);
        }
        awaitReady(missing, partitions);
    }

    /**
     * Lets a topic of the job's own take messages of a length, where it takes shorter ones only.
     *
     * <p>A client that may not see the topic's settings, or must not change them, is none of this check's business: whoever
     * forbids it has to set them.
     *
     * @param bytes of a message; the frame of its batch comes on top
     */
    public void ensureMessageBytes(String topic, int bytes) {
        String key = "max.message.bytes";
        int wanted = bytes + BATCH_FRAME_BYTES;
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try {
            ConfigEntry entry = admin.describeConfigs(List.of(resource))
                    .all()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .iterator()
                    .next()
                    .get(key);
            if (entry == null || Long.parseLong(entry.value()) >= wanted) {
                return;
            }
            AlterConfigOp raise =
                    new AlterConfigOp(new ConfigEntry(key, Integer.toString(wanted)), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(raise)))
                    .all()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw unanswered("let " + topic + " take messages of " + wanted + " bytes", cause(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered("let " + topic + " take longer messages", e);
        } catch (TimeoutException e) {
            throw unanswered("let " + topic + " take longer messages", e);
        }
    }

    /** Waits until the broker's metadata knows new topics; asked for their ends before, it answers with an error. */
    private void awaitKnown(Collection<String> topics) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (true) {
            try {
                boolean led =
                        admin
                                .describeTopics(topics)
                                .allTopicNames()
                                .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                                .values()
                                .stream()
                                .flatMap(description -> description.partitions().stream())
                                .allMatch(partition -> partition.leader() != null);
                if (led) {
                    return;
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > deadline) {
                    throw unanswered("describe new topics", cause(e));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw unanswered("describe new topics", e);
            } catch (TimeoutException e) {
                throw unanswered("describe new topics", e);
            }
            if (System.nanoTime() > deadline) {
                throw new PreflightException("new topics must have leaders, had none within " + ANSWER_SECONDS + " s ("
                        + topics + ", bootstrap.servers=" + servers + ")");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /**
     * Waits until every partition answers with its offsets. A leader that is known is not ready yet: an idempotent
     * producer whose first batch it refuses can loop on OUT_OF_ORDER_SEQUENCE for two minutes.
     */
    private void awaitReady(Collection<String> topics, int partitions) {
        awaitKnown(topics);
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (String topic : topics) {
            for (int partition = 0; partition < partitions; partition++) {
                ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
            }
        }
        ask("read the ends of new topics", admin.listOffsets(ends).all());
    }

    /**
     * Waits until the coordinator of a consumer group can be asked.
     *
     * <p>A new broker sets it up when it is asked for first; where that is the first commit of a job, the commit fails and
     * warns. A client that may not ask is none of this check's business: offsets in Kafka only tell how far a job is.
     */
    public void awaitCoordinator(String groupId) {
        try {
            admin.listConsumerGroupOffsets(groupId)
                    .partitionsToOffsetAndMetadata()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw unanswered("find the coordinator of group " + groupId, cause(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered("find the coordinator of group " + groupId, e);
        } catch (TimeoutException e) {
            throw unanswered("find the coordinator of group " + groupId, e);
        }
    }

    /**
     * Waits until no job writes with a transactional id prefix.
     *
     * <p>One that was killed is missed after a few seconds, one that was stopped has left. A client that may not see the
     * group is none of this check's business: the sink warns.
     *
     * @param group of the writers, see {@code FinalTopicsSink.writerGroup}
     * @param patience how long a writer may still be there
     * @throws PreflightException where one is there still
     */
    public void awaitNoWriter(String group, Duration patience) {
        long start = System.nanoTime();
        while (true) {
            List<MemberDescription> writers = writers(group);
            if (writers.isEmpty()) {
                return;
            }
            if (System.nanoTime() - start > patience.toNanos()) {
                throw new PreflightException(
                        "a transactional id prefix must belong to one job, was that of a job that"
                                + " runs ("
                                + writers.stream()
                                        .map(member -> member.clientId() + " at " + member.host())
                                        .collect(Collectors.joining(", "))
                                + ", group=" + group + ", bootstrap.servers=" + servers
                                + "). Fix: stop that job first, or give this one a kafka.group.id and a topic.prefix of its own");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private List<MemberDescription> writers(String group) {
        try {
            return admin
                    .describeConsumerGroups(List.of(group))
                    .all()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(description -> description.members().stream())
                    .toList();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException || e.getCause() instanceof AuthorizationException) {
                return List.of();
            }
            throw unanswered("describe the group " + group, cause(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered("describe the group " + group, e);
        } catch (TimeoutException e) {
            throw unanswered("describe the group " + group, e);
        }
    }

    /** The broker's {@code transaction.max.timeout.ms}. */
    public Duration transactionMaxTimeout() {
        Node node = ask("describe the cluster", admin.describeCluster().nodes()).stream()
                .findFirst()
                .orElseThrow(
                        () -> new PreflightException("the cluster must have a broker, had none (" + servers + ")"));
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
        Map<ConfigResource, Config> configs = ask(
                "describe the broker", admin.describeConfigs(List.of(broker)).all());
        ConfigEntry entry = configs.values().iterator().next().get("transaction.max.timeout.ms");
        return Duration.ofMillis(Long.parseLong(entry.value()));
    }

    /**
     * Checks the transaction timeout against checkpointing and broker.
     *
     * @throws PreflightException with all problems at once
     */
    public void checkTransactionTimeout(TransactionTimeouts timeouts) {
        List<String> problems = timeouts.problems(transactionMaxTimeout());
        if (!problems.isEmpty()) {
            throw new PreflightException(String.join(System.lineSeparator(), problems));
        }
    }

    private <T> T ask(String what, org.apache.kafka.common.KafkaFuture<T> answer) {
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw unanswered(what, cause(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unanswered(what, e);
        } catch (TimeoutException e) {
            throw unanswered(what, e);
        }
    }

    private static Throwable cause(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }

    private PreflightException unanswered(String what, Throwable cause) {
        return new PreflightException(KafkaTrouble.of(what, cause, config), cause);
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }
}
