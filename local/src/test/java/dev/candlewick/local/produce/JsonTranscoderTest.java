package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.validate.TradeField;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonTranscoderTest {

    private final JsonTranscoder json = new JsonTranscoder();

    @Test
    void writesTimesAsNumbersDecimalsAsStringsAndLeavesOutWhatIsAbsent() {
        TradeFields fields = new TradeFields();
        fields.set(TradeField.ROW, "12");
        fields.set(TradeField.EVENT_TIME_NS, "1381104000276000000");
        fields.set(TradeField.RECV_TIME_NS, "");
        fields.set(TradeField.VENUE, "V");
        fields.set(TradeField.SYMBOL, "a\"\\\u0001ü😀");
        fields.set(TradeField.TRADE_ID, "007");
        fields.set(TradeField.PRICE, "0.0000038465000");
        fields.set(TradeField.SEQUENCE, "5");
        assertThat(new String(json.encode(fields), StandardCharsets.UTF_8))
                .isEqualTo("{\"row\":12,\"event_time_ns\":1381104000276000000,\"venue\":\"V\","
                        + "\"symbol\":\"a\\\"\\\\\\u0001ü😀\",\"trade_id\":\"007\",\"price\":\"0.0000038465000\","
                        + "\"sequence\":5}");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "-5, -5",
        "0, 0",
        "99999999999999999999, 99999999999999999999",
        "01, '\"01\"'",
        "+1, '\"+1\"'",
        "1.0, '\"1.0\"'",
        "1e9, '\"1e9\"'",
        "abc, '\"abc\"'",
        "-, '\"-\"'",
        "' 1', '\" 1\"'",
        "١, '\"١\"'"
    })
    void writesOnlyWholeNumbersAsNumbers(String text, String expected) {
        TradeFields fields = new TradeFields();
        fields.set(TradeField.EVENT_TIME_NS, text);
        assertThat(new String(json.encode(fields), StandardCharsets.UTF_8))
                .isEqualTo("{\"event_time_ns\":" + expected + "}");
    }

    @Test
    void readsFieldsAsTheyWereWritten() throws IOException {
        InputMessage message = read("{\"symbol\":\"S\",\"price\":1.500,\"size\":\"2\",\"side\":null,\"other\":[1]}");
        TradeFields fields = message.fields();
        assertThat(fields).isNotNull();
        assertThat(message.transcodable()).isTrue();
        assertThat(fields.get(TradeField.PRICE)).isEqualTo("1.500");
        assertThat(fields.get(TradeField.SIZE)).isEqualTo("2");
        assertThat(fields.get(TradeField.SIDE)).isEmpty();
    }

    @Test
    void knowsTheSymbolButTranscodesNothingOfAnotherKind() throws IOException {
        // As CSV an order would become a bad trade, where as JSON it is filtered.
        InputMessage order = read("{\"type\":\"order\",\"symbol\":\"S\",\"price\":\"1\"}");
        assertThat(order.transcodable()).isFalse();
        assertThat(order.fields()).isNotNull();
        assertThat(order.fields().get(TradeField.SYMBOL)).isEqualTo("S");
        assertThat(read("{\"symbol\":\"S\",\"price\":{\"v\":1}}").transcodable())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"{", "'{\"symbol\":\"S\"} x'", "'{\"symbol\":\"S\",\"symbol\":\"T\"}'", "[1]", "''", "text"})
    void leavesWhatIsNoObjectAsItIs(String line) throws IOException {
        InputMessage message = read(line);
        assertThat(message.fields()).isNull();
        assertThat(new String(message.raw(), StandardCharsets.UTF_8)).isEqualTo(line);
    }

    private InputMessage read(String line) throws IOException {
        byte[] file = (line + "\n").getBytes(StandardCharsets.UTF_8);
        try (MessageTranscoder.Reader reader = json.open(new ByteArrayInputStream(file), "test.json")) {
            InputMessage message = reader.next();
            assertThat(reader.next()).isNull();
            return message;
        }
    }
}
