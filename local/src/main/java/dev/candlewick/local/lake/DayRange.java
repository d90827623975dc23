package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakePartition;
import dev.candlewick.local.cli.CommandFailure;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options {@code --from} and {@code --to}: whole UTC days, both inclusive. */
public final class DayRange {
    /** Nanoseconds of a day. */
    public static final long DAY_NANOS = 86_400_000_000_000L;

    @Option(names = "--from", paramLabel = "D", description = "First UTC day, as 2024-03-04 (default: the first).")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "D", description = "Last UTC day, as 2024-03-04 (default: the last).")
    private @Nullable String to;

    /** First nanosecond of the first day, {@link Long#MIN_VALUE} where none was given. */
    public long fromNanos() {
        return from == null ? Long.MIN_VALUE : day("--from", from);
    }

    /** First nanosecond after the last day, {@link Long#MAX_VALUE} where none was given. */
    public long toNanos() {
        long end = to == null ? Long.MAX_VALUE : day("--to", to) + DAY_NANOS;
        if (end <= fromNanos()) {
            throw CommandFailure.usage("--to must not be before --from, was " + to + " and " + from, null, null);
        }
        return end;
    }

    /** The version with only the files of these days; readers of it open no other. */
    LakeCatalog of(LakeCatalog catalog) {
        long first = fromNanos();
        long end = toNanos();
        if (first == Long.MIN_VALUE && end == Long.MAX_VALUE) {
            return catalog;
        }
        return catalog.restrictedTo(file -> {
            long day = LakePartition.parse(file.partition()).day().toEpochDay();
            return day >= Math.floorDiv(first, DAY_NANOS) && day < Math.floorDiv(end, DAY_NANOS);
        });
    }

    /**
     * First nanosecond of a day as the user wrote it.
     *
     * @throws CommandFailure of usage where it is none, or outside of what nanoseconds can hold
     */
    public static long day(String option, String text) {
        try {
            return Math.multiplyExact(LocalDate.parse(text).toEpochDay(), DAY_NANOS);
        } catch (DateTimeParseException | ArithmeticException e) {
            throw CommandFailure.usage(option + " must be a day, as 2024-03-04, was '" + text + "'", null, null);
        }
    }
}
