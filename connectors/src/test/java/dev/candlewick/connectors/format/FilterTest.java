package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of other types are told by their first bytes, and nothing else ever makes a trade vanish. */
final class FilterTest {
    private final TradeValidator validator =
            new TradeValidator(FeedRules.builder().build());

    private Decoded.Kind decode(MessageDecoder decoder, byte[] message) {
        Decoded out = new Decoded();
        decoder.decode(message, 0, message.length, new ReadContext(), out);
        return out.kind();
    }

    private Decoded.Kind decode(WireFormat format, String message) {
        return decode(format.newDecoder(validator), message.getBytes(StandardCharsets.UTF_8));
    }

    private Trade trade(int i) {
        Trade trade = new Trade();
        trade.instrument = validator.directory().intern("v", "S" + i);
        trade.eventTimeNanos = 1_700_000_000_000_000_000L + i;
        trade.setIdNumber(i);
        trade.priceScaled = 1_000_000 + i;
        trade.sizeScaled = 1_000 + i;
        trade.side = "buy";
        trade.placePosition = i;
        return trade;
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "modify", "cancel", "execute", "quote", "heartbeat", "status", "subscription"})
    void filtersCsvByItsFirstColumn(String word) {
        for (String rest : List.of("", ",", ",\"unpaired", ",1,2,3", ",\ud83d\ude00".repeat(100), "\n", "\r\n")) {
            assertThat(decode(WireFormat.CSV, word + rest)).as(word + rest).isEqualTo(Decoded.Kind.FILTERED);
        }
        for (String near : List.of(
                word + "s,1",
                word.substring(1) + ",1",
                " " + word + ",1",
                word + " ,1",
                "\"" + word + "\",1",
                word.toUpperCase(java.util.Locale.ROOT) + ",1",
                "1," + word)) {
            assertThat(decode(WireFormat.CSV, near)).as(near).isEqualTo(Decoded.Kind.REJECTED);
        }
    }

    @Test
    void aHeaderSaysWhetherTheFirstColumnMayBeASymbol() {
        CsvDecoder decoder = new CsvDecoder(validator);
        byte[] header = "symbol,venue,event_time_ns,price,size".getBytes(StandardCharsets.UTF_8);
        decoder.setLayout(CsvLayout.ofHeader(header, 0, header.length));
        assertThat(decode(decoder, "status,v,1700000000000000000,1,1".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(Decoded.Kind.TRADE);
        byte[] typed = "type,symbol,venue,event_time_ns,price,size".getBytes(StandardCharsets.UTF_8);
        decoder.setLayout(CsvLayout.ofHeader(typed, 0, typed.length));
        assertThat(decode(decoder, "status,v".getBytes(StandardCharsets.UTF_8))).isEqualTo(Decoded.Kind.FILTERED);
        assertThat(decode(decoder, "trade,S,v,1700000000000000000,1,1".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(Decoded.Kind.TRADE);
    }

    @Test
    void filtersJsonByItsFirstMember() {
        for (String message : List.of(
                "{\"type\":\"add\"}",
                "{\"type\":\"add\",\"price\":NaN,,}",
                " {\n \"type\" : \"cancel\" , not json at all } \r\n",
                "{\"type\":\"quote\",\"type\":\"trade\"}",
                "{\"type\":\"l3.update_2\",\"x\":\"\ud83d\ude00\"}")) {
            assertThat(decode(WireFormat.JSON, message)).as(message).isEqualTo(Decoded.Kind.FILTERED);
        }
        for (String message : List.of(
                "{\"type\":\"add\"",
                "{\"type\":\"add\" \"price\":1}",
                "{\"type\":\"add}",
                "{\"type\":add}",
                "{type:\"add\"}",
                "{\"type\":\"add\",\"price\":1",
                "[{\"type\":\"add\"}]",
                "{\"type\":\"" + "x".repeat(65) + "\",\"price\":NaN}",
                "{\"type\":\"trade\"}",
                "{\"type\":\"TRADE\"}",
                "{\"type\":\"trades\"}",
                "{\"type\":\"\"}",
                "{\"typ\":\"add\"}")) {
            assertThat(decode(WireFormat.JSON, message)).as(message).isEqualTo(Decoded.Kind.REJECTED);
        }
        // Further behind, after the whole message was read.
        assertThat(decode(WireFormat.JSON, "{\"price\":1,\"type\":\"add\"}")).isEqualTo(Decoded.Kind.FILTERED);
        assertThat(decode(WireFormat.JSON, "{\"price\":NaN,\"type\":\"add\"}")).isEqualTo(Decoded.Kind.REJECTED);
    }

    /** Any damage behind the first 24 bytes, which hold what tells the type, leaves a trade or a rejected message. */
    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void damageBehindTheTypeNeverFiltersATrade(WireFormat format) {
        MessageDecoder decoder = format.newDecoder(validator);
        int rejected = 0;
        for (int seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] message = format.newEncoder().encode(trade(random.nextInt(1_000)));
            if (format == WireFormat.JSON) {
                String text = new String(message, StandardCharsets.UTF_8);
                message = ("{\"type\":\"trade\"," + text.substring(1)).getBytes(StandardCharsets.UTF_8);
            }
            for (int i = random.nextInt(5); i >= 0; i--) {
                message[24 + random.nextInt(message.length - 24)] = (byte) random.nextInt();
            }
            Decoded.Kind kind = decode(decoder, message);
            assertThat(kind).as("seed " + seed).isNotEqualTo(Decoded.Kind.FILTERED);
            rejected += kind == Decoded.Kind.REJECTED ? 1 : 0;
        }
        assertThat(rejected).isGreaterThan(1_000);
    }
}
