package dev.candlewick.core.simulate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings of the job that decide which trades are late; labels of late trades hold for a job with the same ones.
 *
 * @param finestNanos length of the finest candle interval
 * @param outOfOrdernessNanos how far a partition's event times may run back, {@code out-of-orderness}
 * @param allowedLatenessNanos how long a window takes trades after its end, {@code allowed-lateness}
 */
public record Horizon(long finestNanos, long outOfOrdernessNanos, long allowedLatenessNanos) implements Serializable {
    /** The crypto profile's: candles of 1 s, out-of-orderness 1 s, lateness 10 s. */
    public static final Horizon DEFAULT = new Horizon(1_000_000_000L, 1_000_000_000L, 10_000_000_000L);

    /** Checks every value and reports all problems at once. */
    public Horizon {
        List<String> problems = new ArrayList<>();
        if (finestNanos < 1) {
            problems.add("finest interval must be positive, was " + finestNanos + " ns");
        }
        if (outOfOrdernessNanos < 0) {
            problems.add("out-of-orderness must not be negative, was " + outOfOrdernessNanos + " ns");
        }
        if (allowedLatenessNanos < 0) {
            problems.add("allowed-lateness must not be negative, was " + allowedLatenessNanos + " ns");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** Whether a trade is late behind a partition's high-water mark (design section 4.6). */
    public boolean isLate(long eventTimeNanos, long markNanos) {
        long end = eventTimeNanos - Math.floorMod(eventTimeNanos, finestNanos) + finestNanos;
        return end + allowedLatenessNanos <= markNanos - outOfOrdernessNanos;
    }
}
