package dev.candlewick.core.heal;

import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.time.Interval;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells by the log which values the job can never revise again; immutable.
 *
 * <p>A value that covers trades up to {@code end} is settled when event time has passed {@code end + L}, a VWAP row when it
 * has passed {@code T + finest + L}. Event time has passed an instant where one of these shows it:
 *
 * <ul>
 *   <li>every partition as read has an archived trade at or after the instant + O: the minimum of its marks;
 *   <li>a candle of the same instrument whose end is at or after the instant was committed at its close: closing and
 *       purging are one step of the job, and both are in the checkpoint that committed the candle. This speaks also where a
 *       partition is silent.
 * </ul>
 *
 * <p>With fills, a window after the instrument's last committed real candle of the interval is not settled: the next real
 * candle brings its fill.
 *
 * @param ended whether the job has come to the end of a bounded input: all is settled then
 * @param partitionMarks the largest archived event time of each partition as read
 * @param outOfOrdernessNanos O of the run, the largest of its sources
 * @param allowedLatenessNanos L of the run, the largest of its sources
 * @param finest the finest interval
 * @param fills whether empty windows are filled
 * @param closedUntil for each instrument, the largest end of a candle that was committed at its close
 * @param realUntil for each instrument and interval, as {@link #lane}, the largest end of a candle with trades that was
 *     committed at its close; used with fills only
 */
public record PurgeEvidence(
        boolean ended,
        Map<String, Long> partitionMarks,
        long outOfOrdernessNanos,
        long allowedLatenessNanos,
        Interval finest,
        boolean fills,
        Map<String, Long> closedUntil,
        Map<String, Long> realUntil) {
    /** Copies the maps. */
    public PurgeEvidence {
        partitionMarks = Map.copyOf(partitionMarks);
        closedUntil = Map.copyOf(closedUntil);
        realUntil = Map.copyOf(realUntil);
    }

    /** Evidence of a job that has ended. */
    public static PurgeEvidence ofEnded(Interval finest) {
        return new PurgeEvidence(true, Map.of(), 0, 0, finest, false, Map.of(), Map.of());
    }

    /** The key of {@link #realUntil}. */
    public static String lane(String instrument, String interval) {
        return interval + '|' + instrument;
    }

    /** Event time that all partitions have passed, O taken off; {@link Long#MIN_VALUE} where none is known. */
    public long passedNanos() {
        return partitionMarks.values().stream()
                        .mapToLong(Long::longValue)
                        .min()
                        .orElse(Long.MIN_VALUE + outOfOrdernessNanos)
                - outOfOrdernessNanos;
    }

    /**
     * Why a value may still be revised.
     *
     * @return null where it never will
     */
    public @Nullable String unsettled(ReconcileKey key) {
        if (ended) {
            return null;
        }
        long settled = key.interval() == null ? key.toNanos() + finest.nanos() : key.toNanos();
        long needed = Math.addExact(settled, allowedLatenessNanos);
        long passed = Math.max(passedNanos(), closedUntil.getOrDefault(key.instrument(), Long.MIN_VALUE));
        if (passed < needed) {
            return "the log must have passed " + needed + " ns for the job never to revise it, had "
                    + (passed == Long.MIN_VALUE ? "no mark" : "passed " + passed + " ns");
        }
        if (fills && key.interval() != null) {
            long real =
                    realUntil.getOrDefault(lane(key.instrument(), key.interval().name()), Long.MIN_VALUE);
            if (key.toNanos() > real) {
                return "it lies behind the last real candle of its interval, and the next one brings its fill";
            }
        }
        return null;
    }
}
