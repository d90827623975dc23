package dev.candlewick.connectors.kafka.sink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Configurable;
import org.jspecify.annotations.Nullable;

/** Gives nobody a partition, and tells every member the tokens of all. Made by Kafka's consumer, by its class. */
public final class WriterClaimAssignor implements ConsumerPartitionAssignor, Configurable {
    /** Key of the {@link WriterClaim} in the consumer's configuration. */
    static final String CLAIM = "candlewick.writer.claim";

    private @Nullable WriterClaim claim;

    @Override
    public void configure(Map<String, ?> configs) {
        claim = (WriterClaim) configs.get(CLAIM);
    }

    private WriterClaim claim() {
        return Objects.requireNonNull(claim);
    }

    @Override
    public String name() {
        return "candlewick-writer-claim";
    }

    @Override
    public ByteBuffer subscriptionUserData(Set<String> topics) {
        return ByteBuffer.wrap(claim().token());
    }

    @Override
    public GroupAssignment assign(Cluster metadata, GroupSubscription groupSubscription) {
        Map<String, Subscription> members = groupSubscription.groupSubscription();
        byte[] tokens = members.values().stream()
                .map(Subscription::userData)
                .filter(Objects::nonNull)
                .map(data -> StandardCharsets.UTF_8.decode(data.duplicate()).toString())
                .distinct()
                .sorted()
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
        Map<String, Assignment> assignments = new HashMap<>();
        members.keySet().forEach(member -> assignments.put(member, new Assignment(List.of(), ByteBuffer.wrap(tokens))));
        return new GroupAssignment(assignments);
    }

    @Override
    public void onAssignment(Assignment assignment, ConsumerGroupMetadata metadata) {
        ByteBuffer tokens = assignment.userData();
        claim().members(tokens == null ? ByteBuffer.allocate(0) : tokens.duplicate());
    }
}
