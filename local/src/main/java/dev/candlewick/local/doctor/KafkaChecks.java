package dev.candlewick.local.doctor;

import dev.candlewick.connectors.kafka.preflight.KafkaTrouble;
import dev.candlewick.connectors.kafka.preflight.TransactionTimeouts;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.CheckpointDirectory;
import dev.candlewick.jobs.streaming.OutputTopics;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Brokers, topics, transactions and groups. */
final class KafkaChecks {
    static final String LOG_APPEND_TIME = "LogAppendTime";
    private static final long DEFAULT_RECORD_BYTES = 1_048_588;
    private static final int LATEST_TRANSACTION_VERSION = 2;

    static final List<Check> ALL = List.of(
            new Check(
                    "kafka.connection",
                    "the bootstrap address, and every broker at its advertised address",
                    Set.of(
                            Problem.KAFKA_UNREACHABLE,
                            Problem.KAFKA_CREDENTIALS,
                            Problem.KAFKA_CERTIFICATE,
                            Problem.KAFKA_PERMISSION,
                            Problem.KAFKA_NO_ANSWER,
                            Problem.KAFKA_CLIENT_PROPERTIES,
                            Problem.ADVERTISED_LISTENER),
                    KafkaChecks::connection),
            new Check(
                    "kafka.certificates",
                    "what brokers with TLS show, and the key store and trust store of the options",
                    Set.of(Problem.CERTIFICATE_EXPIRES),
                    Certificates::look),
            new Check(
                    "kafka.rights",
                    "what the client may do with the job's topics and its group",
                    Set.of(Problem.KAFKA_PERMISSION),
                    KafkaChecks::rights),
            new Check(
                    "kafka.topics",
                    "which of the job's topics exist",
                    Set.of(Problem.SOURCE_TOPIC_MISSING, Problem.OUTPUT_TOPIC_MISSING),
                    KafkaChecks::existence),
            new Check(
                    "kafka.topic-settings",
                    "timestamp type, cleanup policy, record size and replicas of the job's topics",
                    Set.of(
                            Problem.SOURCE_TIMESTAMPS,
                            Problem.OUTPUT_TIMESTAMPS,
                            Problem.SOURCE_COMPACTED,
                            Problem.CANDLES_FORGOTTEN,
                            Problem.REPLICAS_IMPOSSIBLE,
                            Problem.REPLICAS_SINGLE,
                            Problem.RECORD_SIZE),
                    KafkaChecks::settings),
            new Check(
                    "kafka.retention",
                    "retention of the source topics, against the newest checkpoint and the checkpoints' timing",
                    Set.of(Problem.RETENTION_SHORT),
                    KafkaChecks::retention),
            new Check(
                    "kafka.positions",
                    "the committed positions of the job's group, against the beginnings of the source topics",
                    Set.of(Problem.POSITION_GONE),
                    KafkaChecks::positions),
            new Check(
                    "kafka.timeouts",
                    "kafka.transaction.timeout, against the broker's transaction.max.timeout.ms",
                    Set.of(Problem.TRANSACTION_MAXIMUM),
                    KafkaChecks::timeouts),
            new Check(
                    "kafka.transactions",
                    "open transactions with their owners and ages",
                    Set.of(Problem.TRANSACTION_OPEN),
                    KafkaChecks::transactions),
            new Check(
                    "kafka.broker",
                    "settings and features of the brokers",
                    Set.of(Problem.TOPICS_BY_TYPO, Problem.TRANSACTION_PROTOCOL),
                    KafkaChecks::broker),
            new Check("kafka.group", "members of the job's group", Set.of(Problem.GROUP_SHARED), KafkaChecks::group),
            new Check(
                    "kafka.local",
                    "whether the process of the broker that kafka up started lives",
                    Set.of(Problem.LOCAL_BROKER_GONE),
                    KafkaChecks::localBroker));

    private KafkaChecks() {}

    private static void localBroker(Patient patient, Report report) {
        BrokerState broker = BrokerState.read(new CandlewickHome(patient.home()))
                // That of a demo ends with it.
                .filter(state -> state.owner().equals(BrokerState.OWNER_KAFKA_UP))
                .orElseThrow(() -> new NotApplicable("no broker was started with kafka up"));
        if (!broker.isAlive()) {
            report.add(
                    Problem.LOCAL_BROKER_GONE,
                    "the broker at " + broker.address() + ", process " + broker.pid()
                            + ", must run until kafka down, is gone",
                    broker.log());
        }
    }

    private static void connection(Patient patient, Report report) throws TimeoutException, InterruptedException {
        Kafka kafka = patient.requireKafka();
        Kafka.Connection connection = kafka.connection();
        KafkaTrouble trouble = connection.trouble();
        if (trouble != null) {
            report.add(problem(trouble.kind()), trouble.what(), kafka.servers(), trouble.fix());
        }
        connection
                .refusals()
                .forEach((node, refusal) -> report.add(
                        Problem.ADVERTISED_LISTENER,
                        "broker " + node.id() + " must be reached at the address that it advertises, was not: "
                                + refusal,
                        kafka.servers()));
    }

    /** The problem of a failed connection: both have the same code. */
    static Problem problem(KafkaTrouble.Kind kind) {
        return Problem.ofCode(kind.code()).orElseThrow();
    }

    // Topics

    /**
     * The job's topics as they are.
     *
     * @param sources names of existing source topics
     * @param missing names of source topics that do not exist
     * @param written names of existing topics that the job writes
     * @param unwritten names of those that do not exist
     * @param descriptions of the existing ones, by name
     * @param settings of the existing ones, by name
     */
    record Topics(
            Set<String> sources,
            Set<String> missing,
            Set<String> written,
            Set<String> unwritten,
            Map<String, TopicDescription> descriptions,
            Map<String, Config> settings) {
        @Nullable
        String setting(String topic, String key) {
            Config config = settings.get(topic);
            ConfigEntry entry = config == null ? null : config.get(key);
            return entry == null ? null : entry.value();
        }

        long number(String topic, String key, long otherwise) {
            String value = setting(topic, key);
            return value == null ? otherwise : Long.parseLong(value);
        }
    }

    /** The job's topics. */
    static Topics topics(Patient patient) throws TimeoutException, InterruptedException {
        ResolvedConfiguration config = patient.requireConfiguration();
        Kafka kafka = patient.requireKafka();
        Admin admin = kafka.admin();
        List<String> outputs = outputs(config);
        Set<String> all = kafka.ask("list topics", admin.listTopics().names());
        Set<String> sources = new LinkedHashSet<>();
        config.sources().forEach(source -> {
            Pattern subscription = source.subscription(config.sources(), outputs);
            all.stream().filter(name -> subscription.matcher(name).matches()).forEach(sources::add);
        });
        Set<String> missing = config.sourceTopics().stream()
                .filter(name -> !all.contains(name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> written =
                outputs.stream().filter(all::contains).collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> unwritten = outputs.stream()
                .filter(name -> !all.contains(name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> existing = new LinkedHashSet<>(sources);
        existing.addAll(written);
        Map<String, TopicDescription> descriptions = kafka.ask(
                "describe topics",
                admin.describeTopics(existing, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .allTopicNames());
        Map<String, Config> settings = new HashMap<>();
        kafka.ask(
                        "describe the settings of topics",
                        admin.describeConfigs(existing.stream()
                                        .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                                        .toList())
                                .all())
                .forEach((resource, config2) -> settings.put(resource.name(), config2));
        return new Topics(sources, missing, written, unwritten, new TreeMap<>(descriptions), settings);
    }

    private static List<String> outputs(ResolvedConfiguration config) {
        return new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX)).all(config.intervals());
    }

    private static void rights(Patient patient, Report report) throws TimeoutException, InterruptedException {
        ResolvedConfiguration config = patient.requireConfiguration();
        Kafka kafka = patient.requireKafka();
        Admin admin = kafka.admin();
        required(kafka, config.sourceTopics(), AclOperation.READ, report);
        required(kafka, outputs(config), AclOperation.WRITE, report);
        String group = config.get(CandlewickOptions.KAFKA_GROUP_ID);
        try {
            ConsumerGroupDescription description = kafka.ask(
                            "describe group " + group,
                            admin.describeConsumerGroups(
                                            List.of(group),
                                            new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
                                    .all())
                    .get(group);
            if (description != null
                    && description.authorizedOperations() != null
                    && !description.authorizedOperations().contains(AclOperation.READ)) {
                report.add(
                        Problem.KAFKA_PERMISSION,
                        "this client must be allowed to READ group " + group + ", was not",
                        kafka.servers());
            }
        } catch (Kafka.Refused e) {
            if (e.trouble().kind() == KafkaTrouble.Kind.PERMISSION) {
                report.add(Problem.KAFKA_PERMISSION, e.trouble().what(), kafka.servers());
            } else if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw e;
            }
        }
    }

    private static void required(Kafka kafka, Collection<String> topics, AclOperation operation, Report report)
            throws TimeoutException, InterruptedException {
        Map<String, org.apache.kafka.common.KafkaFuture<TopicDescription>> answers = kafka.admin()
                .describeTopics(topics, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .topicNameValues();
        List<String> hidden = new ArrayList<>();
        List<String> denied = new ArrayList<>();
        for (Map.Entry<String, org.apache.kafka.common.KafkaFuture<TopicDescription>> answer : answers.entrySet()) {
            try {
                TopicDescription description = kafka.ask("describe topic " + answer.getKey(), answer.getValue());
                if (description.authorizedOperations() != null
                        && !description.authorizedOperations().contains(operation)) {
                    denied.add(answer.getKey());
                }
            } catch (Kafka.Refused e) {
                if (e.trouble().kind() == KafkaTrouble.Kind.PERMISSION) {
                    hidden.add(answer.getKey());
                } else if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        if (!hidden.isEmpty()) {
            report.add(
                    Problem.KAFKA_PERMISSION,
                    "this client must be allowed to DESCRIBE and " + operation + " topics " + hidden + ", was not",
                    kafka.servers());
        }
        if (!denied.isEmpty()) {
            report.add(
                    Problem.KAFKA_PERMISSION,
                    "this client must be allowed to " + operation + " topics " + denied + ", was not",
                    kafka.servers());
        }
    }

    private static void existence(Patient patient, Report report) throws TimeoutException, InterruptedException {
        Topics topics = topics(patient);
        Kafka kafka = patient.requireKafka();
        for (String name : topics.missing()) {
            if (isHidden(kafka, name)) {
                continue;
            }
            report.add(
                    Problem.SOURCE_TOPIC_MISSING, "source topic " + name + " must exist, was missing", kafka.servers());
        }
        boolean runs = patient.flink() != null
                && patient.flink().problem().isEmpty()
                && patient.flink().jobs().stream().anyMatch(job -> job.state().equals("RUNNING"));
        if (runs) {
            for (String name : topics.unwritten()) {
                if (!isHidden(kafka, name)) {
                    report.add(
                            Problem.OUTPUT_TOPIC_MISSING,
                            "topic " + name + " must exist while the job runs, was missing",
                            kafka.servers());
                }
            }
        }
    }

    /** Whether a topic that is not listed may only not be seen by this client. */
    private static boolean isHidden(Kafka kafka, String topic) throws TimeoutException, InterruptedException {
        try {
            kafka.ask(
                    "describe topic " + topic,
                    kafka.admin().describeTopics(List.of(topic)).allTopicNames());
            return false;
        } catch (Kafka.Refused e) {
            return e.trouble().kind() == KafkaTrouble.Kind.PERMISSION;
        }
    }

    private static void settings(Patient patient, Report report) throws TimeoutException, InterruptedException {
        ResolvedConfiguration config = patient.requireConfiguration();
        Topics topics = topics(patient);
        if (topics.descriptions().isEmpty()) {
            throw new NotApplicable("none of the job's topics exists");
        }
        int brokers = patient.requireKafka().connection().nodes().size();
        for (String name : topics.sources()) {
            if (!LOG_APPEND_TIME.equals(topics.setting(name, "message.timestamp.type"))) {
                report.add(
                        Problem.SOURCE_TIMESTAMPS,
                        "message.timestamp.type of source topic " + name + " must be LogAppendTime, was "
                                + topics.setting(name, "message.timestamp.type"),
                        "topic " + name);
            }
            if (String.valueOf(topics.setting(name, "cleanup.policy")).contains("compact")) {
                report.add(
                        Problem.SOURCE_COMPACTED,
                        "cleanup.policy of source topic " + name + " must be delete, was "
                                + topics.setting(name, "cleanup.policy"),
                        "topic " + name);
            }
        }
        String prefix = config.get(CandlewickOptions.TOPIC_PREFIX);
        List<String> senders = new ArrayList<>();
        List<String> forgetting = new ArrayList<>();
        List<String> small = new ArrayList<>();
        for (String name : topics.written()) {
            if (!LOG_APPEND_TIME.equals(topics.setting(name, "message.timestamp.type"))) {
                senders.add(name);
            }
            boolean isFinal = (name.startsWith(prefix + "candles.") || name.startsWith(prefix + "vwap."))
                    && !name.equals(prefix + "candles.live");
            boolean limited =
                    topics.number(name, "retention.ms", -1) >= 0 || topics.number(name, "retention.bytes", -1) >= 0;
            if (isFinal
                    && limited
                    && String.valueOf(topics.setting(name, "cleanup.policy")).contains("delete")) {
                forgetting.add(name);
            }
            if (topics.number(name, "max.message.bytes", DEFAULT_RECORD_BYTES) < DEFAULT_RECORD_BYTES) {
                small.add(name);
            }
        }
        told(
                senders,
                report,
                Problem.OUTPUT_TIMESTAMPS,
                "message.timestamp.type must be LogAppendTime, was CreateTime");
        told(forgetting, report, Problem.CANDLES_FORGOTTEN, "candles leave the topic after its retention");
        told(
                small,
                report,
                Problem.RECORD_SIZE,
                "max.message.bytes must be at least " + DEFAULT_RECORD_BYTES + ", was less");
        topics.descriptions().forEach((name, description) -> {
            int replicas = description.partitions().get(0).replicas().size();
            if (topics.number(name, "min.insync.replicas", 1) > replicas) {
                report.add(
                        Problem.REPLICAS_IMPOSSIBLE,
                        "min.insync.replicas of topic " + name + " must be at most its " + replicas
                                + " replica(s), was " + topics.setting(name, "min.insync.replicas"),
                        "topic " + name);
            }
            if (brokers > 1 && replicas == 1) {
                report.add(
                        Problem.REPLICAS_SINGLE,
                        "topic " + name + " must have more than one replica, had one on " + brokers + " brokers",
                        "topic " + name);
            }
        });
    }

    private static void told(List<String> topics, Report report, Problem problem, String what) {
        if (!topics.isEmpty()) {
            report.add(problem, what, "topics " + String.join(", ", topics));
        }
    }

    // Time

    private static TransactionTimeouts timeouts(ResolvedConfiguration config) {
        return new TransactionTimeouts(
                config.get(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT),
                config.get(CandlewickOptions.CHECKPOINT_INTERVAL),
                config.get(CandlewickOptions.CHECKPOINT_TIMEOUT),
                config.get(CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES),
                StreamingStart.LONGEST_RESTART);
    }

    private static void retention(Patient patient, Report report)
            throws TimeoutException, InterruptedException, IOException {
        ResolvedConfiguration config = patient.requireConfiguration();
        Topics topics = topics(patient);
        if (topics.sources().isEmpty()) {
            throw new NotApplicable("no source topic exists");
        }
        long required = timeouts(config).required().toMillis();
        String why = "the time that checkpoints and a restart may take";
        Optional<Long> checkpoint = newestCheckpoint(patient);
        if (checkpoint.isPresent() && patient.clock().millis() - checkpoint.get() > required) {
            required = patient.clock().millis() - checkpoint.get();
            why = "the age of the newest checkpoint";
        }
        for (String name : topics.sources()) {
            long retention = topics.number(name, "retention.ms", -1);
            if (retention >= 0 && retention < required) {
                report.add(
                        Problem.RETENTION_SHORT,
                        "retention.ms of source topic " + name + " must be longer than " + why + ", "
                                + Duration.ofMillis(required) + ", was " + Duration.ofMillis(retention),
                        "topic " + name);
            }
        }
    }

    /** When the newest checkpoint in the job's directory was written. */
    private static Optional<Long> newestCheckpoint(Patient patient) throws IOException {
        Optional<String> directory = HostChecks.checkpointDirectory(patient);
        if (directory.isEmpty() || HostChecks.local(directory.get()).isEmpty()) {
            return Optional.empty();
        }
        Optional<String> newest = CheckpointDirectory.newest(directory.get());
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        Path metadata = new Path(newest.get(), "_metadata");
        FileStatus status = metadata.getFileSystem().getFileStatus(metadata);
        return Optional.of(status.getModificationTime());
    }

    private static void positions(Patient patient, Report report) throws TimeoutException, InterruptedException {
        ResolvedConfiguration config = patient.requireConfiguration();
        Kafka kafka = patient.requireKafka();
        Topics topics = topics(patient);
        String group = config.get(CandlewickOptions.KAFKA_GROUP_ID);
        Map<TopicPartition, OffsetAndMetadata> committed;
        try {
            committed = kafka.ask(
                    "read the positions of group " + group,
                    kafka.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        } catch (Kafka.Refused e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                throw new NotApplicable("group " + group + " has committed nothing yet");
            }
            throw e;
        }
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        committed.forEach((partition, offset) -> {
            if (offset != null && topics.sources().contains(partition.topic())) {
                wanted.put(partition, OffsetSpec.earliest());
            }
        });
        if (wanted.isEmpty()) {
            throw new NotApplicable("group " + group + " has committed nothing yet");
        }
        Map<TopicPartition, ListOffsetsResultInfo> first = kafka.ask(
                "read the beginnings of the source topics",
                kafka.admin().listOffsets(wanted).all());
        first.forEach((partition, earliest) -> {
            OffsetAndMetadata position = committed.get(partition);
            if (position != null && position.offset() < earliest.offset()) {
                report.add(
                        Problem.POSITION_GONE,
                        "position " + position.offset() + " of group " + group
                                + " must be in the topic, which begins at "
                                + earliest.offset() + ": " + (earliest.offset() - position.offset())
                                + " records are gone",
                        partition.toString());
            }
        });
    }

    private static void timeouts(Patient patient, Report report) throws TimeoutException, InterruptedException {
        ResolvedConfiguration config = patient.requireConfiguration();
        String maximum = brokerSetting(patient.requireKafka(), "transaction.max.timeout.ms");
        if (maximum == null) {
            throw new NotApplicable("the broker tells no transaction.max.timeout.ms");
        }
        // The other rules, between the options of the job, are those of its configuration.
        new TransactionTimeouts(
                        config.get(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT),
                        Duration.ZERO,
                        Duration.ZERO,
                        0,
                        Duration.ZERO)
                .problems(Duration.ofMillis(Long.parseLong(maximum)))
                .forEach(problem -> report.add(
                        Problem.TRANSACTION_MAXIMUM,
                        problem,
                        "kafka.transaction.timeout (" + config.origin(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT)
                                + ")"));
    }

    // Transactions

    private static void transactions(Patient patient, Report report) throws TimeoutException, InterruptedException {
        Kafka kafka = patient.requireKafka();
        Admin admin = kafka.admin();
        ResolvedConfiguration config = patient.configuration();
        long tolerated = patient.limits().transactionAgeMillis();
        if (config != null) {
            tolerated = Math.max(
                    tolerated,
                    config.get(CandlewickOptions.CHECKPOINT_INTERVAL)
                            .plus(config.get(CandlewickOptions.CHECKPOINT_TIMEOUT))
                            .toMillis());
        }
        List<String> ids = kafka
                .ask(
                        "list transactions",
                        admin.listTransactions(
                                        new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
                                .all())
                .stream()
                .map(TransactionListing::transactionalId)
                .toList();
        if (ids.isEmpty()) {
            return;
        }
        long now = patient.clock().millis();
        for (Map.Entry<String, TransactionDescription> open : new TreeMap<>(kafka.ask(
                        "describe transactions", admin.describeTransactions(ids).all()))
                .entrySet()) {
            OptionalLong start = open.getValue().transactionStartTimeMs();
            if (open.getValue().state() != TransactionState.ONGOING
                    || start.isEmpty()
                    || now - start.getAsLong() <= tolerated) {
                continue;
            }
            String owner = config != null && open.getKey().startsWith(StreamingStart.transactionalIdPrefix(config))
                    ? "this job"
                    : open.getKey().startsWith("cw.") ? "another Candlewick job" : "another client";
            report.add(
                    Problem.TRANSACTION_OPEN,
                    "a transaction must end within " + Duration.ofMillis(tolerated) + ", one of " + owner
                            + " is open for " + Duration.ofSeconds((now - start.getAsLong()) / 1000) + " on "
                            + open.getValue().topicPartitions().stream()
                                    .map(TopicPartition::toString)
                                    .sorted()
                                    .limit(4)
                                    .collect(Collectors.joining(", "))
                            + (open.getValue().topicPartitions().size() > 4 ? ", …" : ""),
                    "transactional id " + open.getKey() + ", producer "
                            + open.getValue().producerId() + ", timeout "
                            + Duration.ofMillis(open.getValue().transactionTimeoutMs()));
        }
    }

    // Brokers and groups

    private static @Nullable String brokerSetting(Kafka kafka, String key)
            throws TimeoutException, InterruptedException {
        Admin admin = kafka.admin();
        ConfigResource broker = new ConfigResource(
                ConfigResource.Type.BROKER, kafka.connection().nodes().get(0).idString());
        Config config = kafka.ask(
                        "describe the settings of a broker",
                        admin.describeConfigs(List.of(broker)).all())
                .get(broker);
        ConfigEntry entry = config == null ? null : config.get(key);
        return entry == null ? null : entry.value();
    }

    private static void broker(Patient patient, Report report) throws TimeoutException, InterruptedException {
        Kafka kafka = patient.requireKafka();
        FinalizedVersionRange range = kafka.ask(
                        "describe the brokers' features",
                        kafka.admin().describeFeatures().featureMetadata())
                .finalizedFeatures()
                .get("transaction.version");
        int level = range == null ? 0 : range.maxVersionLevel();
        if (level < LATEST_TRANSACTION_VERSION) {
            report.add(
                    Problem.TRANSACTION_PROTOCOL,
                    "transaction.version must be " + LATEST_TRANSACTION_VERSION + ", was " + level,
                    kafka.servers());
        }
        if ("true".equals(brokerSetting(kafka, "auto.create.topics.enable"))) {
            report.add(Problem.TOPICS_BY_TYPO, "auto.create.topics.enable must be false, was true", kafka.servers());
        }
    }

    private static void group(Patient patient, Report report) throws TimeoutException, InterruptedException {
        Kafka kafka = patient.requireKafka();
        String group = patient.requireConfiguration().get(CandlewickOptions.KAFKA_GROUP_ID);
        try {
            ConsumerGroupDescription description = kafka.ask(
                            "describe group " + group,
                            kafka.admin().describeConsumerGroups(List.of(group)).all())
                    .get(group);
            if (description != null && !description.members().isEmpty()) {
                report.add(
                        Problem.GROUP_SHARED,
                        "group " + group + " must have no members, the job itself is none, had "
                                + description.members().stream()
                                        .map(member -> member.clientId() + " at " + member.host())
                                        .sorted()
                                        .limit(3)
                                        .collect(Collectors.joining(", ")),
                        "kafka.group.id=" + group);
            }
        } catch (Kafka.Refused e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return;
            }
            throw e;
        }
    }
}
