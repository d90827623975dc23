package dev.candlewick.core.simulate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What decides every message of a simulated market; immutable. Equal settings give equal messages.
 *
 * @param seed any number; another seed is another market
 * @param partitions how many sequences the market consists of, 1 to 1,024; each symbol lives in one
 * @param symbols how many symbols, 1 to 10,000, not fewer than partitions
 * @param venues how many venues list each symbol, 1 to 8
 * @param startNanos event time of the beginning, nanoseconds since the epoch, from 1990 to 2090
 * @param messagesPerSecond messages of all partitions in a second of event time, without those that faults add; 1 to 10^9
 * @param firehose whether 49 order messages come with each trade (L3), or trades alone
 * @param sessions when the market is open
 * @param sizeDecimals decimals of sizes, 0 to 8
 */
public record MarketSettings(
        long seed,
        int partitions,
        int symbols,
        int venues,
        long startNanos,
        long messagesPerSecond,
        boolean firehose,
        SessionPlan sessions,
        int sizeDecimals)
        implements Serializable {

    /** 2026-01-05T00:00:00Z, a Monday. */
    public static final long START_NANOS = 1_767_571_200_000_000_000L;

    /** Messages in a group: one of them is a trade. */
    static final int FIREHOSE_GROUP = 50;

    /** Checks every value and reports all problems at once. */
    public MarketSettings {
        List<String> problems = new ArrayList<>();
        check(problems, "partitions", partitions, 1, 1_024);
        check(problems, "symbols", symbols, 1, 10_000);
        check(problems, "venues", venues, 1, 8);
        check(problems, "start", startNanos, 631_152_000_000_000_000L, 3_786_912_000_000_000_000L);
        check(problems, "rate", messagesPerSecond, 1, 1_000_000_000);
        check(problems, "size decimals", sizeDecimals, 0, 8);
        if (partitions > symbols) {
            problems.add("partitions must not exceed symbols, was " + partitions + " with " + symbols + " symbols");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    private static void check(List<String> problems, String name, long value, long min, long max) {
        if (value < min || value > max) {
            problems.add(name + " must lie in " + min + ".." + max + ", was " + value);
        }
    }

    /** Ten symbols on two venues in one partition, an L3 firehose of 10,000 messages a second without end. */
    public static MarketSettings of(long seed) {
        return new MarketSettings(seed, 1, 10, 2, START_NANOS, 10_000, true, SessionPlan.CONTINUOUS, 4);
    }

    /** The same with another number of partitions. */
    public MarketSettings withPartitions(int other) {
        return new MarketSettings(
                seed, other, symbols, venues, startNanos, messagesPerSecond, firehose, sessions, sizeDecimals);
    }

    /** The same with other numbers of symbols and venues. */
    public MarketSettings withInstruments(int otherSymbols, int otherVenues) {
        return new MarketSettings(
                seed,
                partitions,
                otherSymbols,
                otherVenues,
                startNanos,
                messagesPerSecond,
                firehose,
                sessions,
                sizeDecimals);
    }

    /** The same with another start. */
    public MarketSettings withStartNanos(long other) {
        return new MarketSettings(
                seed, partitions, symbols, venues, other, messagesPerSecond, firehose, sessions, sizeDecimals);
    }

    /** The same with another number of messages in a second of event time. */
    public MarketSettings withMessagesPerSecond(long other) {
        return new MarketSettings(
                seed, partitions, symbols, venues, startNanos, other, firehose, sessions, sizeDecimals);
    }

    /** The same with or without order messages. */
    public MarketSettings withFirehose(boolean other) {
        return new MarketSettings(
                seed, partitions, symbols, venues, startNanos, messagesPerSecond, other, sessions, sizeDecimals);
    }

    /** The same with other sessions. */
    public MarketSettings withSessions(SessionPlan other) {
        return new MarketSettings(
                seed, partitions, symbols, venues, startNanos, messagesPerSecond, firehose, other, sizeDecimals);
    }

    /** Messages in a group, of which one is a trade. */
    int groupSize() {
        return firehose ? FIREHOSE_GROUP : 1;
    }
}
