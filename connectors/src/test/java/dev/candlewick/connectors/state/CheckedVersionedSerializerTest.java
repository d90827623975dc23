package dev.candlewick.connectors.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.kafka.sink.FinalTopicsSink;
import dev.candlewick.testkit.property.SeededProperty;
import java.io.IOException;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A split or transaction is what was written, or is refused with a message that names it. */
class CheckedVersionedSerializerTest {
    private static final KafkaPartitionSplitSerializer PLAIN = new KafkaPartitionSplitSerializer();
    private static final CheckedVersionedSerializer<KafkaPartitionSplit> CHECKED =
            new CheckedVersionedSerializer<>(PLAIN, "split of the Kafka source");

    private static KafkaPartitionSplit split(long seed) {
        return new KafkaPartitionSplit(
                new TopicPartition("trades-" + seed % 3, (int) (seed % 16)), new Random(seed).nextLong(1L << 50));
    }

    private static KafkaPartitionSplit read(byte[] bytes) throws IOException {
        return SimpleVersionedSerialization.readVersionAndDeSerialize(CHECKED, bytes);
    }

    @Test
    void aSplitIsReadAsItWasWrittenWithOrWithoutTheFrame() {
        SeededProperty.check(LongStream.rangeClosed(1, 50), seed -> {
            KafkaPartitionSplit split = split(seed);
            assertThat(read(SimpleVersionedSerialization.writeVersionAndSerialize(CHECKED, split)))
                    .isEqualTo(split);
            assertThat(read(SimpleVersionedSerialization.writeVersionAndSerialize(PLAIN, split)))
                    .as("as version 0.1.0 wrote it")
                    .isEqualTo(split);
        });
    }

    @Test
    void noFlippedBitOfASplitIsRead() throws IOException {
        byte[] bytes = SimpleVersionedSerialization.writeVersionAndSerialize(CHECKED, split(7));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> read(flipped)).as("bit %s", bit).isInstanceOf(Exception.class);
        }
    }

    @Test
    void cutLongerAndRandomBytesAreRefusedByName() {
        SeededProperty.check(LongStream.rangeClosed(1, 300), seed -> {
            Random random = new Random(seed);
            byte[] body = CHECKED.serialize(split(seed));
            assertRefused(CheckedVersionedSerializer.VERSION, Arrays.copyOf(body, random.nextInt(body.length)));
            assertRefused(CheckedVersionedSerializer.VERSION, Arrays.copyOf(body, body.length + 1 + random.nextInt(9)));
            byte[] noise = new byte[random.nextInt(100)];
            random.nextBytes(noise);
            assertRefused(CheckedVersionedSerializer.VERSION, noise);
            assertRefused(random.nextInt(Integer.MAX_VALUE - 0x10000) + 0x10000, body);
            assertRefused(-1 - random.nextInt(1_000), body);
        });
    }

    private static void assertRefused(int version, byte[] bytes) {
        assertThatThrownBy(() -> CHECKED.deserialize(version, bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("split of the Kafka source must ");
    }

    /** A layout of Kafka's that ends in an exception of another kind is refused alike. */
    @Test
    void whatTheSerializerWithinCannotReadIsRefusedByName() {
        SimpleVersionedSerializer<String> failing = new SimpleVersionedSerializer<>() {
            @Override
            public int getVersion() {
                return 3;
            }

            @Override
            public byte[] serialize(String value) {
                return new byte[0];
            }

            @Override
            public String deserialize(int version, byte[] bytes) {
                throw new NegativeArraySizeException("-1");
            }
        };
        CheckedVersionedSerializer<String> checked = new CheckedVersionedSerializer<>(failing, "thing");
        assertThatThrownBy(() -> checked.deserialize(CheckedVersionedSerializer.VERSION, checked.serialize("")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("thing must be readable, was not: ")
                .hasMessageContaining("(version=3)");
    }

    @Test
    void transactionsOfTheSinkCarryAChecksum() throws IOException {
        Properties properties = new Properties();
        properties.setProperty("bootstrap.servers", "localhost:1");
        properties.setProperty("transaction.timeout.ms", "60000");
        FinalTopicsSink sink = FinalTopicsSink.exactlyOnce(properties, "test~", "test");
        SimpleVersionedSerializer<KafkaCommittable> serializer = sink.getCommittableSerializer();
        assertThat(serializer.getVersion()).isEqualTo(CheckedVersionedSerializer.VERSION);
        assertThat(sink.getWriterStateSerializer().getVersion()).isEqualTo(CheckedVersionedSerializer.VERSION);
    }
}
