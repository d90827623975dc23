package dev.candlewick.local.reconcile;

import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CommandFailure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends one record for each alert, keyed by interval, instrument and time. */
final class DriftAlerts {
    private DriftAlerts() {}

    /** Sends all alerts and waits until they are acknowledged; makes the topic where there is none. */
    static long send(String bootstrap, String topic, ReconcileResult result) {
        List<Difference> alerts =
                result.differences().stream().filter(Difference::alert).toList();
        if (alerts.isEmpty()) {
            return 0;
        }
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            Topics.ensure(admin, topic, 1, Map.of());
        }
        Map<String, Object> settings =
                Map.of("bootstrap.servers", bootstrap, "acks", "all", "enable.idempotence", true, "linger.ms", 20);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Difference alert : alerts) {
                sent.add(producer.send(new ProducerRecord<>(
                        topic,
                        alert.key().text().getBytes(StandardCharsets.UTF_8),
                        ReconcileReport.alert(result, alert))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw CommandFailure.environment(
                    "alerts must be taken by the broker, were not: " + e.getCause(), bootstrap, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.environment("sending the alerts was interrupted", bootstrap, null, e);
        }
        return alerts.size();
    }
}
