package dev.candlewick.connectors.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TradeRecordDeserializerTest {
    private static final long EVENT_MILLIS = 1_570_752_011_620L;
    private static final long EVENT_TIME = EVENT_MILLIS * 1_000_000;

    private static TradeRecordDeserializer deserializer(WireFormat format) throws Exception {
        TradeRecordDeserializer made = new TradeRecordDeserializer(
                format, FeedRules.builder().build(), List.of("trades", "trades-b"), TypeInformation.of(Decoded.class));
        // As it is shipped to a task.
        return InstantiationUtil.clone(made);
    }

    private static ConsumerRecord<byte[], byte[]> record(
            String topic, @Nullable String value, long timestamp, TimestampType type, Headers headers) {
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return new ConsumerRecord<>(
                topic,
                5,
                42,
                timestamp,
                type,
                0,
                bytes == null ? 0 : bytes.length,
                null,
                bytes,
                headers,
                Optional.empty());
    }

    private static Decoded decode(WireFormat format, ConsumerRecord<byte[], byte[]> record) throws Exception {
        List<Decoded> results = new ArrayList<>();
        deserializer(format).deserialize(record, new Collector<>() {
            @Override
            public void collect(Decoded decoded) {
                results.add(decoded.copy());
            }

            @Override
            public void close() {}
        });
        assertThat(results).hasSize(1);
        Decoded decoded = results.get(0);
        assertThat(decoded.readPartition()).isEqualTo(5);
        assertThat(decoded.readOffset()).isEqualTo(42);
        return decoded;
    }

    private static String csv(String row) {
        return row + ",," + EVENT_TIME + ",v,S,1,1.5,2,,,";
    }

    @Test
    void takesThePlaceFromHeadersElseTheMessageElseThePosition() throws Exception {
        Headers headers = new RecordHeaders();
        TradeHeaders.write(3, 1L << 40, headers);
        assertThat(headers.lastHeader("cw-partition").value()).containsExactly(0, 0, 0, 3);
        assertThat(headers.lastHeader("cw-position").value()).containsExactly(0, 0, 1, 0, 0, 0, 0, 0);
        Trade carried = decode(
                        WireFormat.CSV, record("trades-b", csv("7"), EVENT_MILLIS, TimestampType.CREATE_TIME, headers))
                .trade();
        assertThat(carried.placePartition).isEqualTo(3);
        assertThat(carried.placePosition).isEqualTo(1L << 40);
        assertThat(carried.readSource).isEqualTo(1);
        Trade inside = decode(
                        WireFormat.CSV,
                        record("trades", csv("7"), EVENT_MILLIS, TimestampType.CREATE_TIME, new RecordHeaders()))
                .trade();
        assertThat(inside.placePartition).isEqualTo(5);
        assertThat(inside.placePosition).isEqualTo(7);
        assertThat(inside.readSource).isZero();
        Trade assigned = decode(
                        WireFormat.CSV,
                        record("trades", csv(""), EVENT_MILLIS, TimestampType.CREATE_TIME, new RecordHeaders()))
                .trade();
        assertThat(assigned.placePartition).isEqualTo(5);
        assertThat(assigned.placePosition).isEqualTo(42);
    }

    @Test
    void rejectsHalfAPlace() throws Exception {
        Headers half = new RecordHeaders().add("cw-position", new byte[8]);
        Headers wrong = new RecordHeaders().add("cw-position", new byte[8]).add("cw-partition", new byte[3]);
        Headers empty = new RecordHeaders().add("cw-position", null).add("cw-partition", new byte[4]);
        Headers negative = new RecordHeaders();
        TradeHeaders.write(0, -1, negative);
        for (Headers headers : List.of(half, wrong, empty, negative)) {
            Decoded decoded = decode(
                    WireFormat.CSV, record("trades", csv("7"), EVENT_MILLIS, TimestampType.CREATE_TIME, headers));
            assertThat(decoded.rejected().reason()).isEqualTo(Reason.UNPARSABLE);
            assertThat(decoded.rejected().message()).contains("cw-partition");
            assertThat(decoded.rejected().raw()).isEqualTo(csv("7").getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void keepsTheLogsTimeAndComparesWithIt() throws Exception {
        Decoded decoded = decode(
                WireFormat.CSV,
                record("trades", csv(""), EVENT_MILLIS + 1, TimestampType.LOG_APPEND_TIME, new RecordHeaders()));
        assertThat(decoded.trade().ingestTimeNanos).isEqualTo(EVENT_TIME + 1_000_000);
        decoded = decode(
                WireFormat.CSV,
                record("trades", csv(""), EVENT_MILLIS - 5001, TimestampType.LOG_APPEND_TIME, new RecordHeaders()));
        assertThat(decoded.rejected().reason()).isEqualTo(Reason.TIME_FUTURE);
        assertThat(decoded.rejected().ingestTimeNanos()).isEqualTo(EVENT_TIME - 5_001_000_000L);
        decoded = decode(
                WireFormat.CSV, record("trades", csv(""), -1, TimestampType.NO_TIMESTAMP_TYPE, new RecordHeaders()));
        assertThat(decoded.trade().ingestTimeNanos).isEqualTo(Trade.TIME_ABSENT);
        decoded = decode(
                WireFormat.CSV,
                record("trades", csv(""), Long.MAX_VALUE, TimestampType.CREATE_TIME, new RecordHeaders()));
        assertThat(decoded.trade().ingestTimeNanos).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void givesOneRecordForEveryTombstoneAndEveryJunk() throws Exception {
        for (WireFormat format : WireFormat.values()) {
            for (String value : new String[] {null, "", "{", "\u0000", "[[[["}) {
                Decoded decoded = decode(
                        format, record("trades", value, EVENT_MILLIS, TimestampType.CREATE_TIME, new RecordHeaders()));
                assertThat(decoded.rejected().reason()).isEqualTo(Reason.UNPARSABLE);
            }
        }
    }

    @Test
    void reusesOneInstance() throws IOException {
        TradeRecordDeserializer deserializer;
        try {
            deserializer = deserializer(WireFormat.CSV);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        List<Decoded> results = new ArrayList<>();
        Collector<Decoded> collector = new Collector<>() {
            @Override
            public void collect(Decoded decoded) {
                results.add(decoded);
            }

            @Override
            public void close() {}
        };
        for (int i = 0; i < 2; i++) {
            deserializer.deserialize(
                    record("trades", csv(""), EVENT_MILLIS, TimestampType.CREATE_TIME, new RecordHeaders()), collector);
        }
        assertThat(results.get(0)).isSameAs(results.get(1));
    }
}
