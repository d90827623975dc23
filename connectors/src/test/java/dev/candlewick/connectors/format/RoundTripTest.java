package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.ScaleRules;
import dev.candlewick.core.validate.TradeValidator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoundTripTest {
    private static final FeedRules RULES = FeedRules.builder()
            .priceScales(new ScaleRules(List.of(new ScaleRules.Entry("A*", 0), new ScaleRules.Entry("B*", 18)), 12))
            .sizeScales(new ScaleRules(List.of(new ScaleRules.Entry("A*", 0)), 8))
            .zeroSizeAllowed(true)
            .build();
    private static final String[] TEXTS = {
        "binance",
        "A",
        "AB/USDT",
        "B,\"x\"",
        "\"",
        "line\nend",
        "tab\t",
        "é€😀",
        "a\u0000",
        "\\u0041",
        " lead",
        "trail ",
        "{}",
        "null"
    };

    private final TradeValidator validator = new TradeValidator(RULES);

    static Trade random(SplittableRandom random, TradeValidator validator) {
        Trade trade = new Trade();
        trade.instrument = validator.directory().intern(text(random), text(random));
        trade.eventTimeNanos = random.nextLong(FeedRules.EVENT_TIME_MIN_NANOS, FeedRules.EVENT_TIME_MAX_NANOS);
        if (random.nextBoolean()) {
            trade.receiveTimeNanos = trade.eventTimeNanos - random.nextLong(FeedRules.FUTURE_TOLERANCE_NANOS);
        }
        switch (random.nextInt(4)) {
            case 0 -> trade.clearId();
            case 1 -> trade.setIdNumber(random.nextLong(1_000_000_000_000_000_000L));
            case 2 -> trade.setId("00" + random.nextInt(100));
            default -> trade.setId(text(random) + random.nextInt());
        }
        if (random.nextBoolean()) {
            trade.hasSequence = true;
            trade.sequence = random.nextLong();
        }
        trade.priceScaled = Math.max(1, random.nextLong(Long.MAX_VALUE) >> random.nextInt(63));
        if (random.nextInt(3) == 0) {
            trade.priceScaled = Math.max(1, trade.priceScaled / 1_000_000) * 1_000_000;
        }
        trade.sizeScaled = random.nextInt(10) == 0 ? 0 : random.nextLong(Long.MAX_VALUE) >> random.nextInt(63);
        trade.side = optional(random);
        trade.conditions = optional(random);
        trade.flags = optional(random);
        trade.placePartition = random.nextInt(Integer.MAX_VALUE);
        trade.placePosition = random.nextLong(Long.MAX_VALUE);
        return trade;
    }

    private static List<@Nullable Object> fields(Trade trade) {
        return Arrays.asList(
                trade.eventTimeNanos,
                trade.receiveTimeNanos,
                trade.ingestTimeNanos,
                trade.idKind,
                trade.id(),
                trade.hasSequence ? trade.sequence : null,
                trade.priceScaled,
                trade.sizeScaled,
                trade.side,
                trade.conditions,
                trade.flags,
                trade.placePartition,
                trade.placePosition,
                trade.readSource,
                trade.readPartition,
                trade.readOffset);
    }

    private static String text(SplittableRandom random) {
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    private static @Nullable String optional(SplittableRandom random) {
        return random.nextBoolean() ? text(random) : null;
    }

    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void decodesWhatItEncodes(WireFormat format) {
        MessageDecoder decoder = format.newDecoder(validator);
        MessageEncoder encoder = format.newEncoder();
        ByteWriter writer = new ByteWriter(1);
        Decoded out = new Decoded();
        ReadContext context = new ReadContext();
        for (long seed = 0; seed < 50_000; seed++) {
            Trade trade = random(new SplittableRandom(seed), validator);
            context.readFromLog(1, trade.placePartition, 5);
            trade.readSource = 1;
            trade.readPartition = trade.placePartition;
            trade.readOffset = 5;
            writer.clear();
            encoder.encode(trade, writer);
            decoder.decode(writer.buffer(), 0, writer.length(), context, out);
            String description = "seed " + seed;
            assertThat(out.isTrade()).as(description).isTrue();
            assertThat(out.trade().instrument).as(description).isSameAs(trade.instrument);
            assertThat(fields(out.trade())).as(description).isEqualTo(fields(trade));
        }
    }

    @Test
    void binaryCarriesThePlaceOverTheReadPosition() {
        Trade trade = random(new SplittableRandom(1), validator);
        trade.placePartition = 3;
        trade.placePosition = 17;
        byte[] message = WireFormat.BINARY.newEncoder().encode(trade);
        Decoded out = new Decoded();
        WireFormat.BINARY
                .newDecoder(validator)
                .decode(message, 0, message.length, new ReadContext().readFromLog(0, 8, 900), out);
        assertThat(out.trade().placePartition).isEqualTo(3);
        assertThat(out.trade().placePosition).isEqualTo(17);
        assertThat(out.trade().readPartition).isEqualTo(8);
        assertThat(out.trade().readOffset).isEqualTo(900);
    }

    @Test
    void writesTheDocumentedBytes() {
        Trade trade = new Trade();
        trade.instrument = Instrument.ofVenue("binance", "XRP/ETH", 12, 8);
        trade.eventTimeNanos = 1570752011620000000L;
        trade.setId("13519807");
        trade.priceScaled = 1413420000L;
        trade.sizeScaled = 2300000000L;
        trade.side = "sell";
        trade.placePartition = 2;
        trade.placePosition = 258;
        assertThat(HexFormat.of().formatHex(WireFormat.BINARY.newEncoder().encode(trade)))
                .isEqualTo("c501010a64000000" + "0021d7e2a16ecc15" + "0000000000000000" + "e0133f5400000000"
                        + "0037178900000000" + "0201000000000000" + "0000000000000000" + "bf4bce0000000000" + "02000000"
                        + "0c" + "08" + "070007000000040000000000" + "62696e616e63655852502f45544873656c6c");
        assertThat(new String(WireFormat.CSV.newEncoder().encode(trade), StandardCharsets.UTF_8))
                .isEqualTo("258,,1570752011620000000,binance,XRP/ETH,13519807,0.00141342,23,sell,,,");
        assertThat(new String(WireFormat.JSON.newEncoder().encode(trade), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"row\":258,\"event_time_ns\":1570752011620000000,\"venue\":\"binance\",\"symbol\":\"XRP/ETH\","
                                + "\"trade_id\":\"13519807\",\"price\":\"0.00141342\",\"size\":\"23\",\"side\":\"sell\"}");
    }

    @Test
    void binaryRefusesWhatTheLayoutForbids() {
        byte[] valid = WireFormat.BINARY.newEncoder().encode(random(new SplittableRandom(7), validator));
        MessageDecoder decoder = WireFormat.BINARY.newDecoder(validator);
        Decoded out = new Decoded();
        decoder.decode(valid, 0, valid.length, new ReadContext(), out);
        assertThat(out.isTrade()).isTrue();
        byte[] otherType = valid.clone();
        otherType[2] = 9;
        decoder.decode(otherType, 0, otherType.length, new ReadContext(), out);
        assertThat(out.kind()).isEqualTo(Decoded.Kind.FILTERED);
        decoder.decode(otherType, 0, 8, new ReadContext(), out);
        assertThat(out.kind()).isEqualTo(Decoded.Kind.FILTERED);
        Map<Integer, Integer> faults = Map.of(0, 0, 1, 2, 3, 16, 4, valid[4] + 1, 68, 19, 69, -1, 70, 255, 81, 1);
        faults.forEach((at, value) -> {
            byte[] bad = valid.clone();
            bad[at] = value.byteValue();
            decoder.decode(bad, 0, bad.length, new ReadContext(), out);
            assertThat(out.kind()).as("byte " + at).isEqualTo(Decoded.Kind.REJECTED);
            assertThat(out.rejected().reason()).as("byte " + at).isEqualTo(Reason.UNPARSABLE);
        });
        for (int length = 1; length < valid.length; length++) {
            decoder.decode(valid, 0, length, new ReadContext(), out);
            assertThat(out.rejected().reason()).isEqualTo(Reason.UNPARSABLE);
        }
    }

    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void survivesMutations(WireFormat format) {
        MessageDecoder decoder = format.newDecoder(validator);
        MessageEncoder encoder = format.newEncoder();
        Decoded out = new Decoded();
        ReadContext context = new ReadContext().readFromLog(0, 1, 2);
        Map<Decoded.Kind, Integer> kinds = new EnumMap<>(Decoded.Kind.class);
        byte[] spice = "\"\\{}[],:0-+eE.\n\r\t un\u00ff".getBytes(StandardCharsets.ISO_8859_1);
        for (long seed = 0; seed < 200_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] message = encoder.encode(random(random, validator));
            for (int i = random.nextInt(4); i >= 0; i--) {
                int at = random.nextInt(message.length);
                switch (random.nextInt(5)) {
                    case 0 -> message[at] = (byte) random.nextInt();
                    case 1 -> message[at] = spice[random.nextInt(spice.length)];
                    case 2 -> message[at] ^= (byte) (1 << random.nextInt(8));
                    case 3 -> message = Arrays.copyOf(message, Math.max(1, at));
                    default -> {
                        byte[] longer = Arrays.copyOf(message, message.length + 1);
                        System.arraycopy(message, at, longer, at + 1, message.length - at);
                        longer[at] = spice[random.nextInt(spice.length)];
                        message = longer;
                    }
                }
            }
            byte[] before = message.clone();
            try {
                decoder.decode(message, 0, message.length, context, out);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
            assertThat(message).as("seed " + seed).isEqualTo(before);
            kinds.merge(out.kind(), 1, Integer::sum);
            if (out.kind() == Decoded.Kind.REJECTED) {
                assertThat(out.rejected().raw()).as("seed " + seed).isEqualTo(message);
            }
        }
        assertThat(kinds.get(Decoded.Kind.REJECTED)).isGreaterThan(20_000);
        assertThat(kinds.get(Decoded.Kind.TRADE)).isGreaterThan(5_000);
    }
}
