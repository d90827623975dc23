package dev.candlewick.core.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntegerParserTest {
    private final IntegerParser parser = new IntegerParser();

    private ParseOutcome parse(String text) {
        byte[] bytes = ("x" + text + "1").getBytes(StandardCharsets.UTF_8);
        return parser.parse(bytes, 1, bytes.length - 2);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {0, 1, -1, 9, 10, 1570752011620000000L, Long.MAX_VALUE, Long.MIN_VALUE, 999_999_999_999_999_999L})
    void readsExactly(long value) {
        assertThat(parse(Long.toString(value))).isEqualTo(ParseOutcome.OK);
        assertThat(parser.value()).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"9223372036854775808", "-9223372036854775809", "10400000000000000000", "99999999999999999999"})
    void tellsWhatDoesNotFit(String text) {
        assertThat(parse(text)).isEqualTo(ParseOutcome.RANGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-", "+1", "01", "00", "1.0", "1e3", " 1", "1 ", "１", "0x1", "1_0", "9999999999999999999x"})
    void refusesWhatIsNoInteger(String text) {
        assertThat(parse(text)).isEqualTo(ParseOutcome.UNPARSABLE);
    }
}
