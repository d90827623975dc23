package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What counts as a difference between two topics. */
final class TopicComparisonTest {
    @Test
    void theSameRecordsInAnyOrderAreEqualByteByByte() {
        Finding finding = TopicComparison.bytes(
                "l", "o", topic("a", "1", "b", "2", "b", "2"), topic("b", "2", "b", "2", "a", "1"));
        assertThat(finding).isEqualTo(new Finding("l", "o", 3, 0, 0, 0, List.of()));
    }

    @Test
    void missingForeignAndRepeatedRecordsAreCountedOnTheirOwn() {
        Finding finding =
                TopicComparison.bytes("l", "o", topic("a", "1", "a", "1", "c", "9"), topic("a", "1", "b", "2"));
        assertThat(finding.missing()).isEqualTo(1);
        assertThat(finding.repeated()).isEqualTo(1);
        assertThat(finding.foreign()).isEqualTo(1);
        assertThat(finding.differences()).isEqualTo(3);
        assertThat(finding.examples()).hasSize(3);
    }

    @Test
    void howManyRevisionsThereAreDoesNotCountTheLastOneDoes() {
        List<ConsumerRecord<byte[], byte[]>> twice =
                topic("a", candle(0, "CLOSED", 1), "a", candle(1, "LATE", 2), "a", candle(2, "LATE", 3));
        List<ConsumerRecord<byte[], byte[]>> once = topic("a", candle(0, "CLOSED", 3));
        assertThat(TopicComparison.lastRevisions("l", "o", twice, once).differences())
                .isZero();
        Finding other = TopicComparison.lastRevisions("l", "o", twice, topic("a", candle(0, "LATE", 4)));
        assertThat(other.missing()).isEqualTo(1);
        assertThat(other.foreign()).isEqualTo(1);
    }

    @Test
    void aRevisionThatDoesNotGrowIsADifference() {
        List<ConsumerRecord<byte[], byte[]>> repeated = topic("a", candle(0, "CLOSED", 1), "a", candle(0, "CLOSED", 1));
        Finding finding = TopicComparison.lastRevisions("l", "o", repeated, topic("a", candle(0, "CLOSED", 1)));
        assertThat(finding.repeated()).isEqualTo(1);
        assertThat(finding.missing()).isZero();
        assertThat(finding.examples()).anySatisfy(example -> assertThat(example).contains("a had 0, then 0"));
    }

    @Test
    void aRevisionThatIsLeftOutIsMissingAlsoWhereTheLastOneIsRight() {
        List<ConsumerRecord<byte[], byte[]>> gap = topic("a", candle(0, "CLOSED", 1), "a", candle(2, "LATE", 3));
        List<ConsumerRecord<byte[], byte[]>> headless = topic("a", candle(1, "LATE", 3));
        List<ConsumerRecord<byte[], byte[]>> quiet = topic("a", candle(0, "CLOSED", 3));
        assertThat(TopicComparison.lastRevisions("l", "o", gap, quiet).missing())
                .isEqualTo(1);
        assertThat(TopicComparison.lastRevisions("l", "o", headless, quiet).missing())
                .isEqualTo(1);
    }

    private static String candle(int revision, String reason, int trades) {
        return "{\"revision\":" + revision + ",\"reason\":\"" + reason + "\",\"trades\":" + trades + "}";
    }

    private static List<ConsumerRecord<byte[], byte[]>> topic(String... keysAndValues) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            records.add(new ConsumerRecord<>(
                    "topic",
                    0,
                    i,
                    keysAndValues[i].getBytes(StandardCharsets.UTF_8),
                    keysAndValues[i + 1].getBytes(StandardCharsets.UTF_8)));
        }
        return records;
    }
}
