package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields to binary and back: nothing is rounded, and what the layout cannot hold goes out as it came. */
class BinaryTranscoderTest {
    private final BinaryTranscoder binary = new BinaryTranscoder();

    @Test
    void fieldsComeBackAsTheyWereWritten() throws IOException {
        TradeFields fields = trade("0.0000038465", "1000000000");
        fields.set(TradeField.TRADE_ID, "007");
        fields.set(TradeField.SEQUENCE, "-3");
        fields.set(TradeField.SIDE, "buy");
        fields.set(TradeField.CONDITIONS, "20002020");
        byte[] message = binary.encode(fields);
        byte[] twice = Arrays.copyOf(message, message.length * 2);
        System.arraycopy(message, 0, twice, message.length, message.length);
        try (MessageTranscoder.Reader reader = binary.open(new ByteArrayInputStream(twice), "f")) {
            for (int i = 0; i < 2; i++) {
                InputMessage read = reader.next();
                for (TradeField field : TradeField.values()) {
                    assertThat(read.fields().get(field)).as(field.name()).isEqualTo(fields.get(field));
                }
            }
            assertThat(reader.next()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"abc,1", "1,''", "1e-19,1", "99999999999999999999,1", "01,1", "+1,1"})
    void whatTheLayoutCannotHoldGoesOutAsItCame(String price, String size) {
        assertThat(binary.encode(trade(price, size))).isNull();
    }

    @Test
    void aCutFileGivesItsRestAndGarbageIsRefusedWithItsPosition() throws IOException {
        byte[] message = binary.encode(trade("1.5", "2"));
        try (MessageTranscoder.Reader reader =
                binary.open(new ByteArrayInputStream(Arrays.copyOf(message, message.length - 1)), "f")) {
            assertThat(reader.next().fields()).isNull();
        }
        byte[] garbage = "not binary at all".getBytes(StandardCharsets.UTF_8);
        try (MessageTranscoder.Reader reader = binary.open(new ByteArrayInputStream(garbage), "f")) {
            assertThatThrownBy(reader::next).isInstanceOf(CommandFailure.class).hasMessageContaining("byte 0");
        }
    }

    private static TradeFields trade(String price, String size) {
        TradeFields fields = new TradeFields();
        fields.set(TradeField.ROW, "7");
        fields.set(TradeField.EVENT_TIME_NS, "1700000000000000001");
        fields.set(TradeField.VENUE, "v");
        fields.set(TradeField.SYMBOL, "XBT/USDT");
        fields.set(TradeField.PRICE, price);
        fields.set(TradeField.SIZE, size);
        return fields;
    }
}
