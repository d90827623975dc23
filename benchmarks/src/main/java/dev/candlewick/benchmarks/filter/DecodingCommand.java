package dev.candlewick.benchmarks.filter;

import dev.candlewick.benchmarks.filter.PlainDecoders.PlainTrade;
import dev.candlewick.benchmarks.report.BenchReport;
import dev.candlewick.benchmarks.report.ReportFile;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Messages a second of one core's time: each format as Candlewick reads and validates it, as a library reads it plainly,
 * and as messages of another type are filtered.
 *
 * <p>Counted in processor time of the thread, so that what else the machine does hardly counts. What the library reads is
 * compared with what Candlewick reads, field by field, before anything is measured.
 */
@Command(
        name = "decoding",
        description = {
            "Messages a second of one core for each format: decoded and validated in full, read by the plain use of a"
                    + " library, and filtered by their first bytes.",
            "",
            "Rounds alternate; the median of each is printed. Rates are by processor time of the thread."
        })
public final class DecodingCommand extends CandlewickCommand {
    private static final int WARM_UP_ROUNDS = 3;

    @Option(names = "--rounds", paramLabel = "N", description = "Of each (default: ${DEFAULT-VALUE}).")
    private int rounds = 9;

    @Option(names = "--round-millis", paramLabel = "N", description = "Of a round (default: ${DEFAULT-VALUE}).")
    private int roundMillis = 300;

    @Mixin
    private ReportFile reportFile = new ReportFile();

    private long checksum;

    /** For the command line. */
    public DecodingCommand() {}

    private final class Line {
        private final String format;
        private final String what;
        private final byte[][] messages;
        private final Consumer<byte[]> action;
        private final double[] rates = new double[rounds];

        private Line(String format, String what, byte[][] messages, Consumer<byte[]> action) {
            this.format = format;
            this.what = what;
            this.messages = messages;
            this.action = action;
        }

        private double median() {
            double[] sorted = rates.clone();
            java.util.Arrays.sort(sorted);
            return BenchReport.median(sorted);
        }
    }

    @Override
    protected ExitCode run() throws Exception {
        if (rounds < 1 || roundMillis < 1) {
            throw CommandFailure.usage(
                    "rounds and round-millis must be positive, was " + rounds + " and " + roundMillis,
                    null,
                    "for example --rounds 9 --round-millis 300");
        }
        List<Line> lines = lines();
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (Line line : lines) {
                double rate = rate(line);
                if (round >= 0) {
                    line.rates[round] = rate;
                }
            }
        }
        BenchReport report =
                new BenchReport("decoding").parameter("rounds", rounds).parameter("round_millis", roundMillis);
        try (Output.Table table = output().table(
                        Column.text("format"),
                        Column.text("what"),
                        Column.number("messages_per_s_of_a_core"),
                        Column.number("bytes"),
                        Column.text("candlewick_is"))) {
            double own = Double.NaN;
            for (Line line : lines) {
                boolean isOwn = line.what.equals("candlewick");
                own = isOwn ? line.median() : own;
                boolean isFiltered = line.what.equals("filtered");
                double ratio = isFiltered ? line.median() / own : own / line.median();
                int bytes = line.messages[0].length;
                table.row(
                        line.format,
                        line.what,
                        Math.round(line.median()),
                        bytes,
                        isOwn ? "" : String.format(java.util.Locale.ROOT, "%.2f x", ratio));
                report.figure(
                        line.format + ": " + line.what, "messages/s of a core", line.rates, Map.of("bytes", bytes));
                if (!isOwn) {
                    report.ratio((isFiltered ? "filtered/" + line.format : line.format + "/" + line.what), ratio);
                }
            }
        }
        String said =
                "a filtered message is compared with a decoded one of its format; a library's fields were equal to"
                        + " Candlewick's, which also validates, interns the instrument and keeps decimals as scaled integers";
        note(said);
        report.note(said);
        if (checksum == 0) {
            throw new IllegalStateException("messages must have been read, were not");
        }
        reportFile.write(report, context());
        return ExitCode.OK;
    }

    private List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        List<PlainDecoders.Named> plain = PlainDecoders.all();
        for (FilterCommand.Subject subject : FilterCommand.subjects()) {
            MessageDecoder decoder = subject.format()
                    .newDecoder(new TradeValidator(FeedRules.builder().build()));
            ReadContext context = new ReadContext();
            Decoded out = new Decoded();
            lines.add(new Line(subject.name(), "candlewick", subject.trades(), message -> {
                decoder.decode(message, 0, message.length, context.readFromLog(0, 0, 0), out);
                expect(Decoded.Kind.TRADE, out);
                checksum += out.trade().priceScaled;
            }));
            for (PlainDecoders.Named named : plain) {
                if (subject.name().equals(named.format().optionName())) {
                    compare(named, decoder, subject.trades());
                    lines.add(new Line(subject.name(), named.name(), subject.trades(), message -> {
                        PlainTrade trade = named.decoder().decode(message);
                        checksum += Objects.requireNonNull(trade.price, "price").signum() + trade.eventTimeNanos;
                    }));
                }
            }
            lines.add(new Line(subject.name(), "filtered", subject.others(), message -> {
                decoder.decode(message, 0, message.length, context.readFromLog(0, 0, 0), out);
                expect(Decoded.Kind.FILTERED, out);
                checksum++;
            }));
        }
        return lines;
    }

    private static void expect(Decoded.Kind kind, Decoded out) {
        if (out.kind() != kind) {
            throw new IllegalStateException("verdict must be " + kind + ", was " + out.kind());
        }
    }

    private static void compare(PlainDecoders.Named named, MessageDecoder decoder, byte[][] messages) {
        Decoded out = new Decoded();
        for (byte[] message : messages) {
            decoder.decode(message, 0, message.length, new ReadContext().readFromLog(0, 0, 0), out);
            Trade trade = out.trade();
            PlainTrade read = named.decoder().decode(message);
            boolean equal = read.eventTimeNanos == trade.eventTimeNanos
                    && read.receiveTimeNanos == trade.receiveTimeNanos
                    && trade.instrument.venue().equals(read.venue)
                    && trade.instrument.symbol().equals(read.symbol)
                    && Objects.equals(trade.id(), read.id)
                    && Objects.equals(trade.side, read.side)
                    && isEqual(read.price, trade.priceScaled, trade.instrument.priceScale())
                    && isEqual(read.size, trade.sizeScaled, trade.instrument.sizeScale());
            if (!equal) {
                throw CommandFailure.dataMismatch(
                        "fields must be equal, was " + trade + " and price " + read.price, named.name(), null);
            }
        }
    }

    private static boolean isEqual(@Nullable BigDecimal plain, long scaled, int scale) {
        return plain != null && plain.compareTo(BigDecimal.valueOf(scaled, scale)) == 0;
    }

    private double rate(Line line) {
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        long end = start + roundMillis * 1_000_000L;
        long count = 0;
        long now = start;
        while (now < end) {
            for (byte[] message : line.messages) {
                line.action.accept(message);
            }
            count += line.messages.length;
            now = threads.getCurrentThreadCpuTime();
        }
        return count * 1e9 / (now - start);
    }
}
