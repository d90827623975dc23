package dev.candlewick.connectors.format.preset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.format.CsvEncoder;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages in the documented forms of the venues give the trades, verdicts and reasons that the resources tell. */
final class PresetTest {
    private static final FeedRules RULES = FeedRules.builder().build();

    /** A message with its verdicts. */
    private record Golden(String message, List<String> verdicts) {}

    private static List<Golden> golden(Preset preset) throws IOException {
        List<Golden> golden = new ArrayList<>();
        try (InputStream in = PresetTest.class.getResourceAsStream("/presets/" + preset.optionName() + ".txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                if (line.startsWith("> ")) {
                    golden.add(new Golden(line.substring(2), new ArrayList<>()));
                } else if (!line.startsWith("#")) {
                    golden.get(golden.size() - 1).verdicts().add(line);
                }
            }
        }
        return golden;
    }

    private static MessageDecoder decoder(Preset preset) {
        return TradeFormat.of(preset).newDecoder(new TradeValidator(RULES));
    }

    /** Every verdict of a message, the message in the middle of other bytes that must stay as they are. */
    private static List<Decoded> decode(MessageDecoder decoder, byte[] message) {
        byte[] buffer = new byte[message.length + 40];
        Arrays.fill(buffer, (byte) '"');
        System.arraycopy(message, 0, buffer, 17, message.length);
        byte[] before = buffer.clone();
        List<Decoded> all = new ArrayList<>();
        Decoded out = new Decoded();
        ReadContext context = new ReadContext().readFromLog(0, 3, 5);
        decoder.decode(buffer, 17, message.length, context, out);
        do {
            all.add(out.copy());
            assertThat(out.readPartition()).isEqualTo(3);
            assertThat(out.readOffset()).isEqualTo(5);
        } while (decoder.next(out));
        assertThat(decoder.next(out)).isFalse();
        assertThat(buffer).isEqualTo(before);
        return all;
    }

    private static List<Decoded> decode(Preset preset, String message) {
        return decode(decoder(preset), message.getBytes(StandardCharsets.UTF_8));
    }

    private static String describe(Decoded decoded) {
        return switch (decoded.kind()) {
            case FILTERED -> "FILTERED";
            case REJECTED ->
                decoded.rejected().reason() + " " + decoded.rejected().message();
            case TRADE -> new String(new CsvEncoder().encode(decoded.trade()), StandardCharsets.UTF_8);
        };
    }

    @ParameterizedTest
    @EnumSource(value = Preset.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void givesTheDocumentedVerdicts(Preset preset) throws IOException {
        MessageDecoder decoder = decoder(preset);
        List<Golden> golden = golden(preset);
        assertThat(golden).hasSizeGreaterThan(15);
        for (Golden one : golden) {
            List<Decoded> decoded = decode(decoder, one.message().getBytes(StandardCharsets.UTF_8));
            assertThat(decoded).as(one.message()).hasSameSizeAs(one.verdicts());
            for (int i = 0; i < decoded.size(); i++) {
                assertThat(describe(decoded.get(i)))
                        .as(one.message())
                        .startsWith(one.verdicts().get(i));
                if (decoded.get(i).isTrade()) {
                    Trade trade = decoded.get(i).trade();
                    assertThat(describe(decoded.get(i)))
                            .isEqualTo(one.verdicts().get(i));
                    assertThat(trade.receiveTimeNanos).isEqualTo(Trade.TIME_ABSENT);
                    assertThat(trade.placePartition).isEqualTo(3);
                    assertThat(trade.placePosition).isEqualTo(5);
                }
            }
        }
    }

    @Test
    void aRejectedTradeOfSeveralKeepsTheMessageWithThisTradeAlone() {
        String head = "{\"channel\":\"trade\",\"data\":[";
        String trade = "{\"symbol\":\"A/B\",\"price\":%s,\"qty\":1,\"timestamp\":\"2023-09-25T07:49:37Z\"}";
        String tail = "] ,\"type\":\"update\"}";
        String first = trade.formatted("1");
        String second = trade.formatted("-1");
        List<Decoded> decoded =
                decode(Preset.KRAKEN, head + first + " , " + second + "," + trade.formatted("0") + tail);
        assertThat(decoded).hasSize(3);
        assertThat(decoded.get(0).isTrade()).isTrue();
        assertThat(new String(decoded.get(1).rejected().raw(), StandardCharsets.UTF_8))
                .isEqualTo(head + second + tail);
        assertThat(new String(decoded.get(2).rejected().raw(), StandardCharsets.UTF_8))
                .isEqualTo(head + trade.formatted("0") + tail);
        // Sent again, it gives the same verdict and no other trade.
        List<Decoded> again =
                decode(decoder(Preset.KRAKEN), decoded.get(1).rejected().raw());
        assertThat(again).hasSize(1);
        assertThat(again.get(0).rejected().reason()).isEqualTo(Reason.PRICE_NOT_POSITIVE);
        assertThat(again.get(0).rejected().raw())
                .isEqualTo(decoded.get(1).rejected().raw());
    }

    @Test
    void boundsTheTradesOfOneMessage() {
        String trade = "[\"1\",\"1\",\"1534614057.321597\",\"s\",\"l\",\"\"]";
        String most = "[0,[" + (trade + ",").repeat(PresetDecoder.TRADES_MAX - 1) + trade + "],\"trade\",\"A/B\"]";
        assertThat(decode(Preset.KRAKEN, most))
                .hasSize(PresetDecoder.TRADES_MAX)
                .allMatch(Decoded::isTrade);
        String more = "[0,[" + (trade + ",").repeat(PresetDecoder.TRADES_MAX) + trade + "],\"trade\",\"A/B\"]";
        assertThat(decode(Preset.KRAKEN, more))
                .hasSize(1)
                .allSatisfy(decoded -> assertThat(decoded.rejected().message())
                        .startsWith("JSON message must have at most 1000 trades, was more"));
        assertThat(decode(Preset.KRAKEN, more.replace("\"trade\"", "\"ohlc-5\"")))
                .allSatisfy(decoded -> assertThat(decoded.kind()).isEqualTo(Decoded.Kind.FILTERED));
    }

    @Test
    void takesTheVenueThatIsGiven() {
        MessageDecoder decoder =
                new TradeFormat(WireFormat.JSON, Preset.BINANCE, "binance-us").newDecoder(new TradeValidator(RULES));
        String message = "{\"e\":\"trade\",\"s\":\"A\",\"t\":1,\"p\":\"1\",\"q\":\"1\",\"T\":1672515782136,\"m\":true}";
        assertThat(decode(decoder, message.getBytes(StandardCharsets.UTF_8))
                        .get(0)
                        .trade()
                        .instrument
                        .key())
                .isEqualTo("binance-us|A");
        assertThatThrownBy(() -> new TradeFormat(WireFormat.CSV, Preset.BINANCE, ""))
                .hasMessage("preset binance must be used with the format json, was csv");
    }

    @Test
    void nothingIsLeftOfTheMessageBefore() {
        MessageDecoder decoder = decoder(Preset.KRAKEN);
        String two = "[0,[[\"1\",\"1\",\"1534614057\",\"s\"],[\"1\",\"1\",\"1534614057\",\"s\"]],\"trade\",\"A/B\"]";
        Decoded out = new Decoded();
        for (byte[] following : new byte[][] {
            null, {}, "{\"event\":\"heartbeat\"}".getBytes(StandardCharsets.UTF_8), {(byte) 0xff}, {'{'}
        }) {
            byte[] message = two.getBytes(StandardCharsets.UTF_8);
            decoder.decode(message, 0, message.length, new ReadContext(), out);
            assertThat(out.isTrade()).isTrue();
            decoder.decode(following, 0, following == null ? 0 : following.length, new ReadContext(), out);
            assertThat(out.isTrade()).isFalse();
            assertThat(decoder.next(out)).isFalse();
        }
    }

    /** Whatever is done to a message, each of its trades has one verdict and nothing is thrown. */
    @ParameterizedTest
    @EnumSource(value = Preset.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void survivesMutations(Preset preset) throws IOException {
        List<byte[]> messages = golden(preset).stream()
                .map(one -> one.message().getBytes(StandardCharsets.UTF_8))
                .toList();
        MessageDecoder decoder = decoder(preset);
        byte[] spice = "\"\\{}[],:0-+eE.\n\r\t un\u00ff".getBytes(StandardCharsets.ISO_8859_1);
        int trades = 0;
        int rejected = 0;
        for (long seed = 0; seed < 50_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] message = messages.get(random.nextInt(messages.size())).clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = random.nextInt(message.length);
                switch (random.nextInt(4)) {
                    case 0 -> message[at] = (byte) random.nextInt();
                    case 1 -> message[at] = spice[random.nextInt(spice.length)];
                    case 2 -> message = Arrays.copyOf(message, Math.max(1, at));
                    default -> {
                        byte[] longer = Arrays.copyOf(message, message.length + 1);
                        System.arraycopy(message, at, longer, at + 1, message.length - at);
                        longer[at] = spice[random.nextInt(spice.length)];
                        message = longer;
                    }
                }
            }
            try {
                for (Decoded decoded : decode(decoder, message)) {
                    trades += decoded.isTrade() ? 1 : 0;
                    rejected += decoded.kind() == Decoded.Kind.REJECTED ? 1 : 0;
                }
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(trades).isGreaterThan(300);
        assertThat(rejected).isGreaterThan(10_000);
    }
}
