package dev.candlewick.core.quality;

import dev.candlewick.core.model.MinuteReport;
import java.io.DataInput;
import java.io.DataOutput;
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

    void write(DataOutput out) throws IOException {
        out.writeLong(startNanos);
        out.writeLong(trades);
        out.writeLong(duplicates);
        out.writeLong(zeroSizes);
        out.writeLong(conflicts);
        panes.write(out);
        latency.write(out);
        out.writeShort(numbers.length);
        for (NumberRanges ranges : numbers) {
            out.writeBoolean(ranges != null);
            if (ranges != null) {
                ranges.write(out);
            }
        }
        List<Map.Entry<SuspectKey, Suspect>> groups = sortedSuspects();
        out.writeInt(groups.size());
        for (Map.Entry<SuspectKey, Suspect> group : groups) {
            out.writeLong(group.getKey().timeNanos);
            out.writeLong(group.getKey().likeness);
            out.writeLong(group.getValue().priceScaled);
            out.writeLong(group.getValue().sizeScaled);
            out.writeLong(group.getValue().rows);
        }
    }

    static Minute read(DataInput in) throws IOException {
        Minute read = new Minute(in.readLong());
        read.trades = in.readLong();
        read.duplicates = in.readLong();
        read.zeroSizes = in.readLong();
        read.conflicts = in.readLong();
        if (Math.floorMod(read.startNanos, MinuteReport.MINUTE_NANOS) != 0
                || read.trades < 0
                || read.duplicates < 0
                || read.zeroSizes < 0
                || read.conflicts < 0) {
            throw new IOException("a minute must be aligned with counts that are not negative, was " + read.startNanos);
        }
        read.panes = Panes.read(in);
        read.latency = LatencyHistogram.read(in);
        read.numbers = new NumberRanges[in.readUnsignedShort()];
        for (int i = 0; i < read.numbers.length; i++) {
            read.numbers[i] = in.readBoolean() ? NumberRanges.read(in) : null;
        }
        int groups = in.readInt();
        if (groups < 0 || groups > 1 << 28) {
            throw new IOException("suspects of a minute must number 0 to 2^28, was " + groups);
        }
        for (int i = 0; i < groups; i++) {
            SuspectKey key = new SuspectKey(in.readLong(), in.readLong());
            long priceScaled = in.readLong();
            long sizeScaled = in.readLong();
            read.put(key, priceScaled, sizeScaled, in.readLong());
        }
        return read;
    }
}
