package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.JobClock;
import dev.candlewick.benchmarks.run.RunRequest;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Where the Flink peers write their bars: one exactly-once sink that picks the topic per record, as Candlewick's does. */
final class BarSink {
    private BarSink() {}

    /** Adds the sink, under the name that the clock looks for. */
    static void add(DataStream<Bar> bars, RunRequest request) {
        KafkaSink<Bar> sink = KafkaSink.<Bar>builder()
                .setBootstrapServers(request.bootstrapServers())
                .setKafkaProducerConfig(FlinkRun.producerConfig(request))
                .setRecordSerializer(new Serializer(request.outputPrefix()))
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(request.outputPrefix())
                .build();
        bars.sinkTo(sink).name(JobClock.SINK);
    }

    private static final class Serializer implements KafkaRecordSerializationSchema<Bar> {
        private static final long serialVersionUID = 1L;

        private final String prefix;

        Serializer(String prefix) {
            this.prefix = prefix;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Bar bar, KafkaSinkContext context, @Nullable Long timestampMillis) {
            return new ProducerRecord<>(prefix + "candles." + bar.interval, BarJson.key(bar), BarJson.value(bar));
        }
    }
}
