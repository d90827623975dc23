package dev.candlewick.core.quality;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of one minute of an instrument that is not final yet; mutable, one thread. */
final class Minute {
    /** Identity of a group of equal rows. */
    record SuspectKey(long timeNanos, long likeness) {}

    /** Rows of a group beyond the first. */
    static final class Suspect {
        final long priceScaled;
        final long sizeScaled;
        long rows;

        Suspect(long priceScaled, long sizeScaled) {
            this.priceScaled = priceScaled;
            this.sizeScaled = sizeScaled;
        }
    }

    private static final NumberRanges[] NO_NUMBERS = new NumberRanges[0];

    final long startNanos;
    long trades;
    long duplicates;
    long zeroSizes;
    long conflicts;
    Panes panes = new Panes();
    LatencyHistogram latency = new LatencyHistogram();
    /** Numbers by the ordinal of their venue, null where a venue has none. */
    @Nullable
    NumberRanges[] numbers = NO_NUMBERS;

    @Nullable
    Map<SuspectKey, Suspect> suspects;

    Minute(long startNanos) {
        this.startNanos = startNanos;
    }

    NumberRanges numbers(int venue) {
        if (venue >= numbers.length) {
            numbers = java.util.Arrays.copyOf(numbers, venue + 1);
        }
        NumberRanges found = numbers[venue];
        if (found == null) {
            found = new NumberRanges();
            numbers[venue] = found;
        }
        return found;
    }

    void addSuspect(long timeNanos, long likeness, long priceScaled, long sizeScaled) {
        if (suspects == null) {
            suspects = new HashMap<>();
        }
        suspects.computeIfAbsent(new SuspectKey(timeNanos, likeness), key -> new Suspect(priceScaled, sizeScaled))
                .rows++;
    }

    /** The groups of equal rows by time, price, size and likeness. */
    List<Map.Entry<SuspectKey, Suspect>> sortedSuspects() {
        if (suspects == null) {
            return List.of();
        }
        List<Map.Entry<SuspectKey, Suspect>> sorted = new ArrayList<>(suspects.entrySet());
        sorted.sort(Comparator.comparingLong((Map.Entry<SuspectKey, Suspect> group) -> group.getKey().timeNanos)
                .thenComparingLong(group -> group.getValue().priceScaled)
                .thenComparingLong(group -> group.getValue().sizeScaled)
                .thenComparingLong(group -> group.getKey().likeness));
        return sorted;
    }

    Minute copy() {
        Minute copy = new Minute(startNanos);
        copy.trades = trades;
        copy.duplicates = duplicates;
        copy.zeroSizes = zeroSizes;
        copy.conflicts = conflicts;
        copy.panes = panes.copy();
        copy.latency = latency.copy();
        copy.numbers = numbers.clone();
        for (int i = 0; i < numbers.length; i++) {
            NumberRanges ranges = numbers[i];
            copy.numbers[i] = ranges == null ? null : ranges.copy();
        }
        for (Map.Entry<SuspectKey, Suspect> group : sortedSuspects()) {
            copy.put(group.getKey(), group.getValue().priceScaled, group.getValue().sizeScaled, group.getValue().rows);
        }
        return copy;
    }

    private void put(SuspectKey key, long priceScaled, long sizeScaled, long rows) {
        if (suspects == null) {
            suspects = new HashMap<>();
        }
        Suspect suspect = new Suspect(priceScaled, sizeScaled);
        suspect.rows = rows;
        suspects.put(key, suspect);
    }

    void write(StateOutput out) {
        out.number(startNanos);
        out.number(trades);
        out.number(duplicates);
        out.number(zeroSizes);
        out.number(conflicts);
        panes.write(out);
        latency.write(out);
        out.small(numbers.length);
        for (NumberRanges ranges : numbers) {
            out.flag(ranges != null);
            if (ranges != null) {
                ranges.write(out);
            }
        }
        List<Map.Entry<SuspectKey, Suspect>> groups = sortedSuspects();
        out.count(groups.size());
        for (Map.Entry<SuspectKey, Suspect> group : groups) {
            out.number(group.getKey().timeNanos, startNanos);
            out.word(group.getKey().likeness);
            out.number(group.getValue().priceScaled);
            out.number(group.getValue().sizeScaled);
            out.number(group.getValue().rows);
        }
    }

    static Minute read(StateInput in) throws IOException {
        Minute read = new Minute(in.number());
        read.trades = in.number();
        read.duplicates = in.number();
        read.zeroSizes = in.number();
        read.conflicts = in.number();
        if (Math.floorMod(read.startNanos, MinuteReport.MINUTE_NANOS) != 0
                || read.trades < 0
                || read.duplicates < 0
                || read.zeroSizes < 0
                || read.conflicts < 0) {
            throw new IOException("a minute must be aligned with counts that are not negative, was " + read.startNanos);
        }
        read.panes = Panes.read(in);
        read.latency = LatencyHistogram.read(in);
        read.numbers = new NumberRanges[in.small() & 0xffff];
        for (int i = 0; i < read.numbers.length; i++) {
            read.numbers[i] = in.flag() ? NumberRanges.read(in) : null;
        }
        int groups = in.count();
        if (groups < 0 || groups > 1 << 28) {
            throw new IOException("suspects of a minute must number 0 to 2^28, was " + groups);
        }
        for (int i = 0; i < groups; i++) {
            SuspectKey key = new SuspectKey(in.number(read.startNanos), in.word());
            long priceScaled = in.number();
            long sizeScaled = in.number();
            read.put(key, priceScaled, sizeScaled, in.number());
        }
        return read;
    }
}
