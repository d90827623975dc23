package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CsvTranscoderTest {

    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags";

    private final CsvTranscoder csv = new CsvTranscoder();

    @Test
    void readsByItsHeaderInAnyOrderAndIgnoresOtherColumns() throws IOException {
        List<InputMessage> messages = read("symbol,extra,price,event_time_ns\nGC,x,1.50,7\r\nSI,,,\n");
        assertThat(messages).hasSize(2);
        TradeFields first = fields(messages.get(0));
        assertThat(first.get(TradeField.SYMBOL)).isEqualTo("GC");
        assertThat(first.get(TradeField.PRICE)).isEqualTo("1.50");
        assertThat(first.number(TradeField.EVENT_TIME_NS)).isEqualTo(7);
        assertThat(first.get(TradeField.VENUE)).isEmpty();
        assertThat(text(messages.get(0).raw())).isEqualTo("GC,x,1.50,7");
        assertThat(text(csv.encode(first))).isEqualTo(",,7,,GC,,1.50,,,,,");
        assertThat(fields(messages.get(1)).get(TradeField.PRICE)).isEmpty();
    }

    @Test
    void keepsRowAndSequenceInTheCanonicalOrder() throws IOException {
        List<InputMessage> messages = read(HEADER + ",sequence\n17,1,2,V,S,id,3,4,buy,c,f,99\n");
        assertThat(text(csv.encode(fields(messages.get(0))))).isEqualTo("17,1,2,V,S,id,3,4,buy,c,f,99");
    }

    @Test
    void readsFilesWithoutHeaderWithElevenOrTwelveColumns() throws IOException {
        List<InputMessage> messages = read("0,1,2,V,S,id,3,4,buy,c,f\n1,1,2,V,S,id,3,4,buy,c,f,5");
        assertThat(messages).hasSize(2);
        assertThat(fields(messages.get(0)).get(TradeField.SEQUENCE)).isEmpty();
        assertThat(fields(messages.get(1)).get(TradeField.SEQUENCE)).isEqualTo("5");
    }

    @Test
    void understandsQuotesCommasAndUnicode() throws IOException {
        List<InputMessage> messages = read("event_time_ns,symbol,conditions\n\"1\",\"A,\"\"B\"\"\",ü😀\n2,\"\",\n");
        TradeFields first = fields(messages.get(0));
        assertThat(first.get(TradeField.SYMBOL)).isEqualTo("A,\"B\"");
        assertThat(first.get(TradeField.CONDITIONS)).isEqualTo("ü😀");
        assertThat(text(csv.encode(first))).isEqualTo(",,1,,\"A,\"\"B\"\"\",,,,,ü😀,,");
        assertThat(fields(messages.get(1)).get(TradeField.SYMBOL)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,b", // too few
                "a,b,c,d", // too many
                "a,\"b,c", // never closed
                "a,b\"x\",c", // inside a field
                "a,\"b\"x,c", // behind the closing one
                "a,b\rx,c", // a line end of its own
                "", // an empty line
                "\"\"\",,"
            })
    void leavesWhatItCannotSplitAsItIs(String line) throws IOException {
        List<InputMessage> messages = read("event_time_ns,symbol,price\n" + line + "\n1,S,2\n");
        assertThat(messages).hasSize(2);
        assertThat(messages.get(0).fields()).isNull();
        assertThat(text(messages.get(0).raw())).isEqualTo(line);
        assertThat(text(csv.encodeUnreadable(messages.get(0).raw()))).isEqualTo(line);
        // The line behind it is not lost.
        assertThat(fields(messages.get(1)).get(TradeField.SYMBOL)).isEqualTo("S");
    }

    @Test
    void leavesBytesThatAreNoUtf8AsTheyAre() throws IOException {
        byte[] header = "event_time_ns,symbol\n".getBytes(StandardCharsets.US_ASCII);
        byte[] line = {'1', ',', (byte) 0xC3, (byte) 0x28};
        byte[] file = new byte[header.length + line.length];
        System.arraycopy(header, 0, file, 0, header.length);
        System.arraycopy(line, 0, file, header.length, line.length);
        List<InputMessage> messages = read(file);
        assertThat(messages).hasSize(1);
        assertThat(messages.get(0).fields()).isNull();
        assertThat(messages.get(0).raw()).isEqualTo(line);
    }

    @Test
    void doesNotLetABadLinePassForAMessageOfOtherColumns() throws IOException {
        // Twelve values under eleven columns would be read as a trade with a sequence.
        InputMessage message = read(HEADER + "\n0,1,2,V,S,id,3,4,buy,c,f,9\n").get(0);
        assertThat(message.fields()).isNull();
        assertThat(text(csv.encodeUnreadable(message.raw()))).isEqualTo("0,1,2,V,S,id,3,4,buy,c,f,9,");
        // Eleven under twelve.
        message = read(HEADER + ",sequence\n0,1,2,V,S,id,3,4,buy,c,f\n").get(0);
        assertThat(text(csv.encodeUnreadable(message.raw()))).isEqualTo("0,1,2,V,S,id,3,4,buy,c,f,,");
        assertThat(read(text(csv.encodeUnreadable(message.raw()))).get(0).fields())
                .isNull();
    }

    @Test
    void skipsAByteOrderMark() throws IOException {
        assertThat(fields(read("\uFEFFsymbol,event_time_ns\nS,1\n").get(0)).get(TradeField.SYMBOL))
                .isEqualTo("S");
        assertThat(fields(read("\uFEFF0,1,2,V,S,id,3,4,buy,c,f\n").get(0)).get(TradeField.ROW))
                .isEqualTo("0");
    }

    @Test
    void refusesTheHeaderOfAnotherKindOfFile() {
        assertThatThrownBy(() -> read("venue,symbol,start_ns,open,high\nV,S,1,2,3\n"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("must name event_time_ns")
                .hasMessageContaining(HEADER);
        assertThatThrownBy(() -> read("event_time_ns,symbol,symbol\n"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("once");
    }

    @Test
    void readsNothingFromAnEmptyFileOrAHeaderAlone() throws IOException {
        assertThat(read("")).isEmpty();
        assertThat(read(HEADER)).isEmpty();
        assertThat(read(HEADER + "\n")).isEmpty();
    }

    @Test
    void readsLinesLongerThanItsBuffer() throws IOException {
        String symbol = "S".repeat(200_000);
        List<InputMessage> messages = read("event_time_ns,symbol\r\n1," + symbol + "\r\n2,x");
        assertThat(fields(messages.get(0)).get(TradeField.SYMBOL)).isEqualTo(symbol);
        assertThat(fields(messages.get(1)).get(TradeField.SYMBOL)).isEqualTo("x");
    }

    private List<InputMessage> read(String file) throws IOException {
        return read(file.getBytes(StandardCharsets.UTF_8));
    }

    private List<InputMessage> read(byte[] file) throws IOException {
        List<InputMessage> messages = new ArrayList<>();
        try (MessageTranscoder.Reader reader = csv.open(new ByteArrayInputStream(file), "test.csv")) {
            for (InputMessage message = reader.next(); message != null; message = reader.next()) {
                messages.add(message);
            }
        }
        return messages;
    }

    private static TradeFields fields(InputMessage message) {
        assertThat(message.fields()).as(text(message.raw())).isNotNull();
        assertThat(message.transcodable()).isTrue();
        return message.fields();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
