package dev.candlewick.local.simulate;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.SessionPlan;
import dev.candlewick.local.cli.CommandFailure;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that decide a simulated market. */
final class MarketOptions {
    @Option(names = "--seed", paramLabel = "N", description = "Which market (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--symbols", paramLabel = "N", description = "1 to 10,000 (default: ${DEFAULT-VALUE}).")
    private int symbols = 10;

    @Option(
            names = "--venues",
            paramLabel = "N",
            description = "That list each symbol, 1 to 8 (default: ${DEFAULT-VALUE}).")
    private int venues = 2;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Sequences that the market consists of (default: ${DEFAULT-VALUE}).")
    private int partitions = 2;

    @Option(
            names = "--start",
            paramLabel = "TIME",
            description = "Event time of the beginning, as 2026-01-05T09:30:00Z, or now (default: ${DEFAULT-VALUE}).")
    private String start = "2026-01-05T00:00:00Z";

    @Option(
            names = "--rate",
            paramLabel = "N",
            description =
                    "Messages in a second of event time, without those that faults add (default: ${DEFAULT-VALUE}).")
    private long rate = 10_000;

    @Option(names = "--trades-only", description = "Without the 49 order messages that come with each trade.")
    private boolean tradesOnly;

    @Option(
            names = "--sessions",
            paramLabel = "continuous|day",
            description = "Always open, or every day from 09:30 to 12:00 and 13:00 to 16:00 UTC (default:"
                    + " ${DEFAULT-VALUE}).")
    private String sessions = "continuous";

    @Option(names = "--size-decimals", paramLabel = "N", description = "0 to 8 (default: ${DEFAULT-VALUE}).")
    private int sizeDecimals = 4;

    @Option(
            names = "--faults",
            paramLabel = "RATES",
            description = "none, default (5 %% of trades in all), a total as 10%%, or kinds as gap=1%%,late=0.5%%"
                    + " (default: none).")
    private @Nullable String faults;

    @Option(
            names = "--horizon",
            paramLabel = "I,O,L",
            description = "For labels of late trades, what the job has: finest interval, out-of-orderness and"
                    + " allowed lateness (default: ${DEFAULT-VALUE}).")
    private String horizon = "1s,1s,10s";

    @Option(
            names = "--format",
            paramLabel = "F",
            description = "csv, json, avro or binary (default: ${DEFAULT-VALUE}).")
    private String format = "json";

    /** The market, with the given faults where the user gave none. */
    MarketSimulator market(String usualFaults) {
        try {
            MarketSettings settings = new MarketSettings(
                    seed, partitions, symbols, venues, startNanos(), rate, !tradesOnly, sessionPlan(), sizeDecimals);
            return new MarketSimulator(
                    settings, FaultRates.parse(faults == null ? usualFaults : faults), parsedHorizon());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), null, "see ./candlewick simulate --help");
        }
    }

    /** The format of the messages. */
    WireFormat format() {
        try {
            return WireFormat.ofOption(format);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), "--format", "for example json");
        }
    }

    private long startNanos() {
        try {
            Instant at = start.equals("now") ? Instant.now() : Instant.parse(start);
            return Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L), at.getNano());
        } catch (DateTimeException | ArithmeticException e) {
            throw CommandFailure.usage(
                    "start must be now or a time in UTC, was " + start, "--start", "for example 2026-01-05T09:30:00Z");
        }
    }

    private SessionPlan sessionPlan() {
        for (SessionPlan plan : SessionPlan.values()) {
            if (plan.name().toLowerCase(Locale.ROOT).equals(sessions)) {
                return plan;
            }
        }
        throw CommandFailure.usage(
                "sessions must be continuous or day, was " + sessions, "--sessions", "for example --sessions day");
    }

    private Horizon parsedHorizon() {
        String[] parts = horizon.split(",", -1);
        if (parts.length != 3) {
            throw CommandFailure.usage(
                    "horizon must be three lengths, was " + horizon, "--horizon", "for example 1s,1s,10s");
        }
        return new Horizon(nanos(parts[0]), nanos(parts[1]), nanos(parts[2]));
    }

    private long nanos(String text) {
        try {
            Duration length = TimeUtils.parseDuration(text.strip());
            return length.toNanos();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw CommandFailure.usage(
                    "length must be a whole number and a unit, was " + text, "--horizon", "for example 1s,1s,10s");
        }
    }
}
