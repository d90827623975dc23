package dev.candlewick.connectors.kafka.source;

import dev.candlewick.core.metric.LogField;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.slf4j.MDC;

/** Another enumerator, whose thread says in every line of its log which run it works for. */
final class LoggedEnumerator extends ForwardingEnumerator {
    private final String run;

    LoggedEnumerator(SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate, String run) {
        super(delegate);
        this.run = run;
    }

    @Override
    public void start() {
        // The first call in the thread of the coordinator: whoever makes an enumerator may be the JobManager's own
        // thread.
        MDC.put(LogField.RUN.key(), run);
        super.start();
    }
}
