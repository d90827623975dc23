package dev.candlewick.benchmarks.filter;

import dev.candlewick.benchmarks.workload.OrderMessages;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.format.preset.Preset;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Messages a second of one core: trades decoded in full beside order messages filtered, by format, in one run. */
@Command(
        name = "filter",
        description = {
            "Measure, on one core and without Kafka, how many messages a second are filtered by their first bytes, beside"
                    + " how many trades are decoded in full.",
            "",
            "Rounds of both alternate; the median of each is printed."
        })
public final class FilterCommand extends CandlewickCommand {
    private static final int MESSAGES = 1_000;
    private static final long START_NANOS = 1_704_067_200_000_000_000L;

    @Option(names = "--rounds", defaultValue = "9", paramLabel = "N", description = "Rounds of each (default: 9).")
    private int rounds;

    @Option(
            names = "--round-millis",
            defaultValue = "200",
            paramLabel = "N",
            description = "Length of a round in milliseconds (default: 200).")
    private int roundMillis;

    /** For the command line. */
    public FilterCommand() {}

    /** A format with messages of two kinds. */
    record Subject(String name, TradeFormat format, byte[][] trades, byte[][] others) {}

    @Override
    protected ExitCode run() {
        try (Output.Table table = output().table(
                        Column.text("format"),
                        Column.number("trades_per_second"),
                        Column.number("filtered_per_second"),
                        Column.text("ratio"))) {
            for (Subject subject : subjects()) {
                long[] rates = measure(subject);
                List<Object> row = new ArrayList<>();
                row.add(subject.name());
                row.add(rates[0]);
                row.add(rates[1]);
                row.add(String.format(java.util.Locale.ROOT, "%.1f", (double) rates[1] / rates[0]));
                table.row(row);
            }
        }
        return ExitCode.OK;
    }

    private long[] measure(Subject subject) {
        MessageDecoder decoder = subject.format()
                .newDecoder(new TradeValidator(FeedRules.builder().build()));
        double[] trades = new double[rounds];
        double[] others = new double[rounds];
        for (int round = -2; round < rounds; round++) {
            double trade = round(decoder, subject.trades(), Decoded.Kind.TRADE);
            double other = round(decoder, subject.others(), Decoded.Kind.FILTERED);
            if (round >= 0) {
                trades[round] = trade;
                others[round] = other;
            }
        }
        Arrays.sort(trades);
        Arrays.sort(others);
        return new long[] {Math.round(trades[rounds / 2]), Math.round(others[rounds / 2])};
    }

    /** Messages a second of one round; every verdict is looked at, so that none can be left out. */
    private double round(MessageDecoder decoder, byte[][] messages, Decoded.Kind expected) {
        ReadContext context = new ReadContext();
        Decoded out = new Decoded();
        long start = System.nanoTime();
        long end = start + roundMillis * 1_000_000L;
        long count = 0;
        long now = start;
        while (now < end) {
            for (byte[] message : messages) {
                decoder.decode(message, 0, message.length, context.readFromLog(0, 0, count), out);
                if (out.kind() != expected) {
                    throw new IllegalStateException("verdict must be " + expected + ", was " + out.kind() + " of "
                            + new String(message, StandardCharsets.ISO_8859_1));
                }
                count++;
            }
            now = System.nanoTime();
        }
        return count * 1e9 / (now - start);
    }

    static List<Subject> subjects() {
        List<Subject> subjects = new ArrayList<>();
        for (WireFormat wire : WireFormat.values()) {
            subjects.add(new Subject(
                    wire.optionName(),
                    TradeFormat.of(wire),
                    messages(i -> wire.newEncoder().encode(trade(i))),
                    OrderMessages.of(wire)));
        }
        subjects.add(venue(
                Preset.BINANCE,
                i ->
                        "{\"e\":\"trade\",\"E\":%d,\"s\":\"BTCUSDT\",\"t\":%d,\"p\":\"%s000\",\"q\":\"0.01250000\",\"T\":%d,\"m\":true,\"M\":true}"
                                .formatted(millis(i) + 3, i, price(i), millis(i)),
                i ->
                        "{\"e\":\"depthUpdate\",\"E\":%d,\"s\":\"BTCUSDT\",\"U\":%d,\"u\":%d,\"b\":[[\"%s000\",\"0.0125\"]],\"a\":[[\"%s000\",\"1\"]]}"
                                .formatted(millis(i), i, i, price(i), price(i))));
        subjects.add(venue(
                Preset.COINBASE,
                i ->
                        "{\"type\":\"match\",\"trade_id\":%d,\"sequence\":%d,\"time\":\"2024-01-01T00:%02d:%02d.%06dZ\",\"product_id\":\"BTC-USD\",\"size\":\"0.0125\",\"price\":\"%s\",\"side\":\"sell\"}"
                                .formatted(i, i, i / 60 % 60, i % 60, i, price(i)),
                i ->
                        "{\"type\":\"open\",\"time\":\"2024-01-01T00:00:00.%06dZ\",\"product_id\":\"BTC-USD\",\"sequence\":%d,\"order_id\":\"d50ec984\",\"price\":\"%s\",\"remaining_size\":\"1.00\",\"side\":\"sell\"}"
                                .formatted(i, i, price(i))));
        subjects.add(venue(
                Preset.KRAKEN,
                i ->
                        "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"side\":\"sell\",\"price\":%s,\"qty\":0.0125,\"ord_type\":\"market\",\"trade_id\":%d,\"timestamp\":\"2024-01-01T00:%02d:%02d.%06dZ\"}]}"
                                .formatted(price(i), i, i / 60 % 60, i % 60, i),
                i ->
                        "{\"channel\":\"book\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"bids\":[{\"price\":%s,\"qty\":1.5}],\"asks\":[],\"checksum\":%d,\"timestamp\":\"2024-01-01T00:00:00.%06dZ\"}]}"
                                .formatted(price(i), i, i)));
        return subjects;
    }

    private static Subject venue(Preset preset, IntFunction<String> trade, IntFunction<String> other) {
        return new Subject(
                "json, " + preset.optionName(),
                TradeFormat.of(preset),
                messages(i -> utf8(trade.apply(i))),
                messages(i -> utf8(other.apply(i))));
    }

    private static byte[][] messages(IntFunction<byte[]> message) {
        byte[][] messages = new byte[MESSAGES][];
        for (int i = 0; i < MESSAGES; i++) {
            messages[i] = message.apply(i);
        }
        return messages;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static long millis(int i) {
        return START_NANOS / 1_000_000 + i;
    }

    private static String price(int i) {
        return 42_000 + i + "." + (10 + i % 90);
    }

    private static Trade trade(int i) {
        Trade trade = new Trade();
        trade.instrument =
                new TradeValidator(FeedRules.builder().build()).directory().intern("alpha", "SYMBOL-" + i % 50);
        trade.eventTimeNanos = START_NANOS + i * 1_000_003L;
        trade.receiveTimeNanos = trade.eventTimeNanos + 250_000;
        trade.setIdNumber(7_000_000_000L + i);
        trade.priceScaled = (42_000_00L + i) * 10_000_000_000L;
        trade.sizeScaled = 1_250_000L;
        trade.side = i % 2 == 0 ? "buy" : "sell";
        trade.placePosition = i;
        return trade;
    }
}
