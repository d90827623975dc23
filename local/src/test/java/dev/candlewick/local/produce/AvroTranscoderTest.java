package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.format.AvroLayout;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Fields to avro and back, and from it to every other format: nothing is rounded. */
class AvroTranscoderTest {
    private final AvroTranscoder avro = new AvroTranscoder();

    private static TradeFields trade() {
        TradeFields fields = new TradeFields();
        fields.set(TradeField.ROW, "7");
        fields.set(TradeField.EVENT_TIME_NS, "1700000000000000001");
        fields.set(TradeField.RECV_TIME_NS, "1700000000000000002");
        fields.set(TradeField.VENUE, "v");
        fields.set(TradeField.SYMBOL, "XBT/USDT");
        fields.set(TradeField.TRADE_ID, "007");
        fields.set(TradeField.PRICE, "0.0000038465");
        fields.set(TradeField.SIZE, "1000000000");
        fields.set(TradeField.SIDE, "buy");
        fields.set(TradeField.CONDITIONS, "@ F, \"x\"");
        fields.set(TradeField.SEQUENCE, "-3");
        return fields;
    }

    private static void assertFields(TradeFields actual, TradeFields expected) {
        for (TradeField field : TradeField.values()) {
            assertThat(actual.get(field)).as(field.name()).isEqualTo(expected.get(field));
        }
    }

    @Test
    void fieldsComeBackAsTheyWereWritten() throws IOException {
        byte[] framed = AvroLayout.framed(Objects.requireNonNull(avro.encode(trade())));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(framed);
        file.write(framed);
        try (MessageTranscoder.Reader reader = avro.open(new ByteArrayInputStream(file.toByteArray()), "f")) {
            for (int i = 0; i < 2; i++) {
                InputMessage read = Objects.requireNonNull(reader.next());
                assertThat(read.transcodable()).isTrue();
                assertFields(Objects.requireNonNull(read.fields()), trade());
            }
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void everyFormatGivesTheSameFieldsThroughAvro() throws IOException {
        for (MessageTranscoder format : List.of(new CsvTranscoder(), new JsonTranscoder(), new BinaryTranscoder())) {
            byte[] message = Objects.requireNonNull(format.encode(trade()));
            try (MessageTranscoder.Reader reader = format.open(new ByteArrayInputStream(message), "f")) {
                TradeFields read = Objects.requireNonNull(
                        Objects.requireNonNull(reader.next()).fields());
                byte[] through = AvroLayout.framed(Objects.requireNonNull(avro.encode(read)));
                try (MessageTranscoder.Reader back = avro.open(new ByteArrayInputStream(through), "f")) {
                    assertFields(
                            Objects.requireNonNull(
                                    Objects.requireNonNull(back.next()).fields()),
                            trade());
                }
            }
        }
    }

    @Test
    void aCutFileGivesItsRestAndGarbageIsRefusedWithItsPosition() throws IOException {
        byte[] framed = AvroLayout.framed(Objects.requireNonNull(avro.encode(trade())));
        try (MessageTranscoder.Reader reader =
                avro.open(new ByteArrayInputStream(Arrays.copyOf(framed, framed.length - 1)), "f")) {
            assertThat(Objects.requireNonNull(reader.next()).fields()).isNull();
        }
        for (String garbage : List.of("Obj\u0001 a container file", "xx")) {
            byte[] bytes = garbage.getBytes(StandardCharsets.ISO_8859_1);
            try (MessageTranscoder.Reader reader = avro.open(new ByteArrayInputStream(bytes), "f")) {
                assertThatThrownBy(reader::next)
                        .isInstanceOf(CommandFailure.class)
                        .hasMessageContaining("byte 0");
            }
        }
    }
}
