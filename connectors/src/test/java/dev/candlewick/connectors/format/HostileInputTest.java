package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the golden tables cannot show: values kept, precedence step by step, and state between messages. */
class HostileInputTest {
    /** 2019-10-11T00:00:11.620Z. */
    private static final long EVENT_TIME = 1570752011620000000L;

    private static final long SECOND = 1_000_000_000L;
    private static final long DAY = 86_400 * SECOND;

    private static final List<String> COLUMNS = List.of(
            "row",
            "recv_time_ns",
            "event_time_ns",
            "venue",
            "symbol",
            "trade_id",
            "price",
            "size",
            "side",
            "conditions",
            "flags",
            "sequence");

    private static final FeedRules RULES = FeedRules.builder().build();

    /** A JSON value that stands as it is, without quotes. */
    private record Bare(String text) {}

    private static Map<String, Object> valid() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("row", "7");
        fields.put("event_time_ns", Long.toString(EVENT_TIME));
        fields.put("venue", "binance");
        fields.put("symbol", "BTC-USD");
        fields.put("trade_id", "13519807");
        fields.put("price", "1.50");
        fields.put("size", "2");
        fields.put("side", "buy");
        return fields;
    }

    private static String csv(Map<String, Object> fields) {
        List<String> cells = new ArrayList<>();
        for (String column : COLUMNS) {
            Object value = fields.get(column);
            String text = value == null ? "" : value instanceof Bare bare ? bare.text() : value.toString();
            boolean quoted = text.contains(",") || text.contains("\"") || text.contains("\n") || text.contains("\r");
            cells.add(quoted ? '"' + text.replace("\"", "\"\"") + '"' : text);
        }
        return String.join(",", cells);
    }

    private static String json(Map<String, Object> fields) {
        List<String> members = new ArrayList<>();
        fields.forEach((name, value) -> members.add('"' + name + "\":" + jsonValue(value)));
        return '{' + String.join(",", members) + '}';
    }

    private static String jsonValue(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Bare bare) {
            return bare.text();
        }
        StringBuilder text = new StringBuilder("\"");
        for (char c : value.toString().toCharArray()) {
            if (c == '"' || c == '\\' || c < ' ') {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.append('"').toString();
    }

    private static Decoded decode(WireFormat format, FeedRules rules, byte @Nullable [] message, ReadContext context) {
        Decoded out = new Decoded();
        MessageDecoder decoder = format.newDecoder(new TradeValidator(rules));
        // Embedded in a larger buffer, so that a decoder that reads outside of its slice is found.
        if (message == null) {
            decoder.decode(null, 0, 0, context, out);
            return out;
        }
        byte[] buffer = new byte[message.length + 20];
        java.util.Arrays.fill(buffer, (byte) '9');
        System.arraycopy(message, 0, buffer, 11, message.length);
        byte[] before = buffer.clone();
        decoder.decode(buffer, 11, message.length, context, out);
        assertThat(buffer).as("the caller's buffer is not changed").isEqualTo(before);
        return out;
    }

    private static Decoded decode(WireFormat format, String message) {
        return decode(format, RULES, utf8(message), new ReadContext().readFromLog(0, 3, 4411));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertRejected(Decoded out, Reason reason) {
        assertThat(out.kind()).isEqualTo(Decoded.Kind.REJECTED);
        assertThat(out.rejected().reason()).as(out.rejected().message()).isEqualTo(reason);
        assertThat(out.rejected().message())
                .endsWith("partition=3, offset=4411)")
                .contains(" must ", ", was ");
        assertThat(out.readPartition()).isEqualTo(3);
        assertThat(out.readOffset()).isEqualTo(4411);
    }

    static Stream<Arguments> accepted() {
        return Stream.of(
                Arguments.of(
                        "price", "15e-1", trade(t -> assertThat(t.priceScaled).isEqualTo(1_500_000_000_000L))),
                Arguments.of(
                        "price", "1.5", trade(t -> assertThat(t.priceScaled).isEqualTo(1_500_000_000_000L))),
                Arguments.of(
                        "price",
                        "1.5" + "0".repeat(30),
                        trade(t -> assertThat(t.priceScaled).isEqualTo(1_500_000_000_000L))),
                Arguments.of(
                        "price",
                        "9223372.036854775807",
                        trade(t -> assertThat(t.priceScaled).isEqualTo(Long.MAX_VALUE))),
                Arguments.of(
                        "size",
                        "92233720368.54775807",
                        trade(t -> assertThat(t.sizeScaled).isEqualTo(Long.MAX_VALUE))),
                Arguments.of("size", "1E3", trade(t -> assertThat(t.sizeScaled).isEqualTo(100_000_000_000L))),
                Arguments.of("trade_id", "0", trade(t -> assertThat(t.idKind).isEqualTo(Trade.ID_NUMBER))),
                Arguments.of("trade_id", "007", trade(t -> assertThat(t.id()).isEqualTo("007"))),
                Arguments.of(
                        "trade_id",
                        "18446744073709551615",
                        trade(t -> assertThat(t.id()).isEqualTo("18446744073709551615"))),
                Arguments.of(
                        "trade_id",
                        "1".repeat(40),
                        trade(t -> assertThat(t.id()).isEqualTo("1".repeat(40)))),
                Arguments.of("trade_id", null, trade(t -> assertThat(t.id()).isNull())),
                Arguments.of("side", "", trade(t -> assertThat(t.side).isNull())),
                Arguments.of(
                        "sequence",
                        "-5",
                        trade(t -> assertThat(t.hasSequence && t.sequence == -5).isTrue())),
                Arguments.of("row", null, trade(t -> assertThat(t.placePosition).isEqualTo(4411))),
                Arguments.of(
                        "recv_time_ns",
                        Long.toString(EVENT_TIME - 1_300_000_000L),
                        trade(t -> assertThat(t.receiveTimeNanos).isEqualTo(EVENT_TIME - 1_300_000_000L))),
                Arguments.of(
                        "recv_time_ns",
                        Long.toString(EVENT_TIME + 41 * DAY),
                        trade(t -> assertThat(t.eventTimeNanos).isEqualTo(EVENT_TIME))),
                Arguments.of(
                        "recv_time_ns",
                        Long.toString(EVENT_TIME - 5 * SECOND),
                        trade(t -> assertThat(t.eventTimeNanos).isEqualTo(EVENT_TIME))),
                Arguments.of(
                        "recv_time_ns",
                        Long.toString(Long.MAX_VALUE),
                        trade(t -> assertThat(t.receiveTimeNanos).isEqualTo(Long.MAX_VALUE))),
                Arguments.of(
                        "event_time_ns",
                        Long.toString(FeedRules.EVENT_TIME_MIN_NANOS),
                        trade(t -> assertThat(t.eventTimeNanos).isEqualTo(FeedRules.EVENT_TIME_MIN_NANOS))),
                Arguments.of(
                        "event_time_ns",
                        Long.toString(FeedRules.EVENT_TIME_MAX_NANOS),
                        trade(t -> assertThat(t.eventTimeNanos).isEqualTo(FeedRules.EVENT_TIME_MAX_NANOS))));
    }

    private static Consumer<Trade> trade(Consumer<Trade> check) {
        return check;
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void acceptsOddButValidFields(String field, @Nullable String text, Consumer<Trade> check) {
        Map<String, Object> fields = valid();
        fields.put(field, text);
        for (Decoded out : List.of(decode(WireFormat.CSV, csv(fields)), decode(WireFormat.JSON, json(fields)))) {
            assertThat(out.isTrade()).as(() -> out.rejected().message()).isTrue();
            check.accept(out.trade());
        }
        if (text != null && text.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            fields.put(field, new Bare(text));
            Decoded out = decode(WireFormat.JSON, json(fields));
            assertThat(out.isTrade()).isTrue();
            check.accept(out.trade());
        }
    }

    @Test
    void keepsSymbolsAsText() {
        for (String symbol : List.of(
                "../../etc",
                "A/B",
                "a=b",
                "x".repeat(300),
                "x".repeat(65_535),
                "a\u0000b",
                "a\nb",
                "a\r\nb",
                "=cmd()",
                "<script>",
                "\u202eDSU",
                "😀",
                "btc-usd",
                "BTC-USD",
                "NULL",
                "BTC ",
                " BTC",
                "a,b",
                "\"",
                "a\"\"b",
                "\\")) {
            Map<String, Object> fields = valid();
            fields.put("symbol", symbol);
            for (Decoded out : List.of(decode(WireFormat.CSV, csv(fields)), decode(WireFormat.JSON, json(fields)))) {
                assertThat(out.isTrade()).as(symbol).isTrue();
                assertThat(out.trade().instrument.symbol()).isEqualTo(symbol);
                assertThat(out.trade().instrument.venue()).isEqualTo("binance");
                assertThat(out.trade().id()).isEqualTo("13519807");
                assertThat(out.trade().side).isEqualTo("buy");
            }
        }
    }

    @Test
    void readsEveryJsonEscape() {
        String message =
                json(valid()).replace("BTC-USD", "\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\uDE00");
        Decoded out = decode(WireFormat.JSON, message);
        assertThat(out.isTrade()).isTrue();
        assertThat(out.trade().instrument.symbol()).isEqualTo("\"\\/\b\f\n\r\tAé€😀");
    }

    @Test
    void ignoresUnknownJsonNames() {
        String message = json(valid())
                        .replace(
                                "{\"row\"",
                                " {\"x\":[1,-2.5e+7,{\"price\":\"7\"},true,false,null,\"\\u0041\"], \"y\":{},\"z\":[],\"price \":1,\n\t\"row\"")
                + " \r\n";
        Decoded out = decode(WireFormat.JSON, message);
        assertThat(out.isTrade()).as(() -> out.rejected().message()).isTrue();
        assertThat(out.trade().priceScaled).isEqualTo(1_500_000_000_000L);
        String atLimit = json(valid()).replace("{", "{\"x\":" + "[".repeat(15) + "]".repeat(15) + ",");
        assertThat(decode(WireFormat.JSON, atLimit).isTrade()).isTrue();
        String beyond = json(valid()).replace("{", "{\"x\":" + "[".repeat(16) + "]".repeat(16) + ",");
        assertRejected(decode(WireFormat.JSON, beyond), Reason.UNPARSABLE);
    }

    @Test
    void filtersOtherTypesOfMessages() {
        for (String message : List.of(
                "{\"type\":\"heartbeat\",\"sequence\":1}",
                "{\"type\":\"subscriptions\",\"channels\":[{\"name\":\"trades\"}]}",
                "{\"type\":\"order\",\"price\":\"NaN\"}",
                "{\"type\":\"quote\",\"bid\":1,\"ask\":2}",
                "{\"type\":7}",
                "{\"event\":\"heartbeat\"}",
                "{\"event\":\"subscribe\",\"pair\":[\"XBT/USD\"]}",
                "{\"channel\":\"heartbeat\"}",
                json(valid()).replace("{", "{\"type\":\"order\","))) {
            Decoded out = decode(WireFormat.JSON, message);
            assertThat(out.kind()).as(message).isEqualTo(Decoded.Kind.FILTERED);
            assertThat(out.readOffset()).isEqualTo(4411);
        }
        for (String head : List.of(
                "{\"type\":\"trade\",",
                "{\"type\":null,",
                "{\"type\":\"\",",
                "{\"event\":\"trade\",",
                "{\"channel\":\"trades\",",
                "{\"event\":{},")) {
            assertThat(decode(WireFormat.JSON, json(valid()).replace("{\"row\"", head + "\"row\""))
                            .isTrade())
                    .as(head)
                    .isTrue();
        }
        assertRejected(decode(WireFormat.JSON, "{\"type\":\"heartbeat\""), Reason.UNPARSABLE);
    }

    @Test
    void comparesWithTheReceiveTimeElseTheLogs() {
        Map<String, Object> fields = valid();
        for (long ahead : new long[] {6 * SECOND, 3600 * SECOND, 5 * SECOND + 1}) {
            fields.put("recv_time_ns", Long.toString(EVENT_TIME - ahead));
            assertRejected(decode(WireFormat.CSV, csv(fields)), Reason.TIME_FUTURE);
            assertRejected(decode(WireFormat.JSON, json(fields)), Reason.TIME_FUTURE);
        }
        fields.remove("recv_time_ns");
        ReadContext context = new ReadContext().readFromLog(0, 3, 4411);
        context.ingestTimeNanos = EVENT_TIME - 6 * SECOND;
        Decoded out = decode(WireFormat.JSON, RULES, utf8(json(fields)), context);
        assertRejected(out, Reason.TIME_FUTURE);
        assertThat(out.rejected().ingestTimeNanos()).isEqualTo(context.ingestTimeNanos);
        assertThat(out.rejected().eventTimeNanos()).isEqualTo(EVENT_TIME);
        // A receive time wins over the log's.
        fields.put("recv_time_ns", Long.toString(EVENT_TIME));
        assertThat(decode(WireFormat.JSON, RULES, utf8(json(fields)), context).isTrade())
                .isTrue();
    }

    @Test
    void findsJumpsOnlyWhereNoOtherClockExists() {
        Map<String, Object> fields = valid();
        ReadContext context = new ReadContext().readFromLog(0, 3, 4411);
        context.partitionMarkNanos = EVENT_TIME - 400 * DAY;
        assertRejected(decode(WireFormat.CSV, RULES, utf8(csv(fields)), context), Reason.TIME_JUMP);
        context.partitionMarkNanos = EVENT_TIME - 366 * DAY;
        assertThat(decode(WireFormat.CSV, RULES, utf8(csv(fields)), context).isTrade())
                .isTrue();
        context.partitionMarkNanos = EVENT_TIME - 366 * DAY - 1;
        assertRejected(decode(WireFormat.CSV, RULES, utf8(csv(fields)), context), Reason.TIME_JUMP);
        context.ingestTimeNanos = EVENT_TIME;
        context.logAppendTime = true;
        assertThat(decode(WireFormat.CSV, RULES, utf8(csv(fields)), context).isTrade())
                .isTrue();
        context.logAppendTime = false;
        assertRejected(decode(WireFormat.CSV, RULES, utf8(csv(fields)), context), Reason.TIME_JUMP);
        fields.put("recv_time_ns", Long.toString(EVENT_TIME));
        assertThat(decode(WireFormat.CSV, RULES, utf8(csv(fields)), context).isTrade())
                .isTrue();
    }

    @Test
    void givesTheFirstCodeThatApplies() {
        FeedRules rules = FeedRules.builder().knownSymbols(Set.of("ETH-USD")).build();
        // Each step repairs the fault that won before.
        Map<String, Object> fields = valid();
        fields.put("event_time_ns", "5");
        fields.put("venue", "");
        fields.put("price", "-1.12345678901234");
        fields.put("size", "x");
        assertStep(rules, fields, Reason.UNPARSABLE);
        fields.put("size", "-1e400");
        assertStep(rules, fields, Reason.MISSING_FIELD);
        fields.put("venue", "binance");
        assertStep(rules, fields, Reason.TIME_RANGE);
        fields.put("event_time_ns", Long.toString(EVENT_TIME));
        fields.put("recv_time_ns", Long.toString(EVENT_TIME - 10 * SECOND));
        assertStep(rules, fields, Reason.TIME_FUTURE);
        fields.put("recv_time_ns", null);
        assertStep(rules, fields, Reason.UNKNOWN_INSTRUMENT);
        fields.put("symbol", "ETH-USD");
        assertStep(rules, fields, Reason.PRICE_NOT_POSITIVE);
        fields.put("price", "1e400");
        assertStep(rules, fields, Reason.SIZE_NOT_POSITIVE);
        fields.put("size", "1e-9");
        assertStep(rules, fields, Reason.PRECISION);
        fields.put("size", "1");
        assertStep(rules, fields, Reason.RANGE);
        fields.put("price", "1");
        assertThat(decode(WireFormat.JSON, rules, utf8(json(fields)), new ReadContext())
                        .isTrade())
                .isTrue();
    }

    private static void assertStep(FeedRules rules, Map<String, Object> fields, Reason reason) {
        ReadContext context = new ReadContext().readFromLog(0, 3, 4411);
        assertRejected(decode(WireFormat.CSV, rules, utf8(csv(fields)), context), reason);
        assertRejected(decode(WireFormat.JSON, rules, utf8(json(fields)), context), reason);
    }

    @Test
    void filtersSymbolsThatTheRunDoesNotTake() {
        FeedRules rules = FeedRules.builder()
                .selectedSymbols(Set.of("ETH-USD", "XRP-USD"))
                .build();
        Map<String, Object> fields = valid();
        fields.put("price", "NaN");
        assertThat(decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext())
                        .kind())
                .isEqualTo(Decoded.Kind.FILTERED);
        fields.put("symbol", "ETH-USD");
        assertThat(decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext())
                        .kind())
                .isEqualTo(Decoded.Kind.REJECTED);
        fields.put("price", "1");
        assertThat(decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext())
                        .isTrade())
                .isTrue();
    }

    @Test
    void appliesTheFeedsScalesAndZeroSizes() {
        FeedRules rules = FeedRules.builder()
                .priceScales(
                        new ScaleRules(List.of(new ScaleRules.Entry("*-USD", 2), new ScaleRules.Entry("BTC*", 18)), 9))
                .sizeScales(ScaleRules.of(0))
                .zeroSizeAllowed(true)
                .scope(FeedRules.Scope.CONSOLIDATED)
                .build();
        Map<String, Object> fields = valid();
        fields.put("size", "0.000");
        Decoded out = decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext());
        assertThat(out.isTrade()).isTrue();
        assertThat(out.trade().sizeScaled).isZero();
        assertThat(out.trade().priceScaled).isEqualTo(150);
        assertThat(out.trade().instrument.key()).isEqualTo("CONSOLIDATED|BTC-USD");
        fields.put("size", "-0.1");
        assertThat(decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext())
                        .rejected()
                        .reason())
                .isEqualTo(Reason.SIZE_NOT_POSITIVE);
        fields.put("size", "1");
        fields.put("symbol", "BTC-EUR");
        assertThat(decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext())
                        .trade()
                        .priceScaled)
                .isEqualTo(1_500_000_000_000_000_000L);
        fields.put("symbol", "GC");
        assertThat(decode(WireFormat.CSV, rules, utf8(csv(fields)), new ReadContext())
                        .trade()
                        .priceScaled)
                .isEqualTo(1_500_000_000L);
    }

    @Test
    void saysWhatWhereAndWhichOption() {
        Map<String, Object> fields = valid();
        fields.put("price", "-12");
        assertThat(decode(WireFormat.JSON, json(fields)).rejected().message())
                .isEqualTo("price must be positive, was -12 (instrument=binance|BTC-USD, partition=3, offset=4411)");
        fields.put("price", "1.1234567890123");
        assertThat(decode(WireFormat.JSON, json(fields)).rejected().message())
                .isEqualTo("price must have at most 12 significant decimals (price.scale), was 1.1234567890123"
                        + " (instrument=binance|BTC-USD, partition=3, offset=4411)");
        fields.put("price", "1\u202e\n\u001b");
        assertThat(decode(WireFormat.JSON, json(fields)).rejected().message())
                .contains("was 1\\u202e\\u000a\\u001b (instrument=binance|BTC-USD");
        fields.put("price", "y".repeat(500));
        assertThat(decode(WireFormat.JSON, json(fields)).rejected().message())
                .contains("was " + "y".repeat(120) + "... (");
        fields.put("symbol", "a|b");
        assertThat(decode(WireFormat.JSON, json(fields)).rejected().message()).contains("instrument=binance|a\\\\|b");
    }

    @Test
    void takesTheCarriedPlace() {
        ReadContext context = new ReadContext().readFromFile(2, 40, Trade.TIME_ABSENT);
        Trade trade = decode(WireFormat.CSV, RULES, utf8(csv(valid())), context).trade();
        assertThat(trade.placePartition).isEqualTo(2);
        assertThat(trade.placePosition).isEqualTo(7);
        assertThat(trade.readSource).isEqualTo(2);
        assertThat(trade.readPartition).isZero();
        assertThat(trade.readOffset).isEqualTo(40);
        context.placePartition = 9;
        context.placePosition = 99;
        context.placeCarried = true;
        trade = decode(WireFormat.JSON, RULES, utf8(json(valid())), context).trade();
        assertThat(trade.placePartition).isEqualTo(9);
        assertThat(trade.placePosition).isEqualTo(99);
        assertThat(trade.readOffset).isEqualTo(40);
    }

    @Test
    void leavesNothingOfTheTradeBefore() {
        MessageDecoder decoder = WireFormat.CSV.newDecoder(new TradeValidator(RULES));
        Decoded out = new Decoded();
        out.trade().late = true;
        out.trade().disorderNanos = 5;
        out.trade().newPartition = true;
        Map<String, Object> full = valid();
        full.put("recv_time_ns", Long.toString(EVENT_TIME));
        full.put("conditions", "x");
        full.put("flags", "y");
        full.put("sequence", "5");
        byte[] first = utf8(csv(full));
        decoder.decode(first, 0, first.length, new ReadContext(), out);
        assertThat(out.trade().late || out.trade().newPartition).isFalse();
        assertThat(out.trade().disorderNanos).isZero();
        for (String name : List.of("row", "trade_id", "side", "conditions", "flags", "sequence", "recv_time_ns")) {
            full.put(name, null);
        }
        byte[] second = utf8(csv(full));
        decoder.decode(second, 0, second.length, new ReadContext(), out);
        Trade trade = out.trade();
        assertThat(trade.id()).isNull();
        assertThat(trade.side).isNull();
        assertThat(trade.conditions).isNull();
        assertThat(trade.flags).isNull();
        assertThat(trade.hasSequence).isFalse();
        assertThat(trade.receiveTimeNanos).isEqualTo(Trade.TIME_ABSENT);
        assertThat(trade.placePosition).isZero();
    }

    @Test
    void rejectedMessagesDoNotFillTheDirectory() {
        TradeValidator validator = new TradeValidator(RULES);
        MessageDecoder decoder = WireFormat.CSV.newDecoder(validator);
        Decoded out = new Decoded();
        Map<String, Object> fields = valid();
        fields.put("price", "-1");
        for (int i = 0; i < 100; i++) {
            fields.put("symbol", "S" + i);
            byte[] message = utf8(csv(fields));
            decoder.decode(message, 0, message.length, new ReadContext(), out);
        }
        assertThat(validator.directory().size()).isZero();
    }
}
