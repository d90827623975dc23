package dev.candlewick.connectors.time;

import dev.candlewick.core.model.Decoded;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.eventtime.WatermarksWithIdleness;
import org.jspecify.annotations.Nullable;

/**
 * Watermarks of each partition: floor((H − O) / 1 ms) − 1 ms, where H is the largest event time of its valid trades and
 * O the out-of-orderness (design section 4.6).
 *
 * <p>So a window [s, e) closes when H − O reaches e, not one nanosecond before. Watermarks are emitted periodically and
 * never go back. Rejected and filtered messages never move H, and do not count as activity for the idle timeout
 * either: a partition that brings only quotes must not hold back the others.
 *
 * <p>The timestamp of a trade is its event time rounded down to milliseconds; other messages have none.
 */
public final class HighWaterWatermarks implements WatermarkStrategy<Decoded> {
    private static final long serialVersionUID = 1;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final long outOfOrdernessNanos;
    private final @Nullable Duration idleTimeout;

    private HighWaterWatermarks(long outOfOrdernessNanos, @Nullable Duration idleTimeout) {
        this.outOfOrdernessNanos = outOfOrdernessNanos;
        this.idleTimeout = idleTimeout;
    }

    /** A strategy without idle timeout, as bounded runs need it. */
    public static HighWaterWatermarks of(Duration outOfOrderness) {
        return of(outOfOrderness, null);
    }

    /**
     * A strategy.
     *
     * @param outOfOrderness how far trades of one partition may lie behind its latest; not negative
     * @param idleTimeout after which a partition without valid trades leaves the minimum; null for never
     */
    public static HighWaterWatermarks of(Duration outOfOrderness, @Nullable Duration idleTimeout) {
        if (outOfOrderness.isNegative()) {
            throw new IllegalArgumentException("out-of-orderness must not be negative, was " + outOfOrderness);
        }
        if (idleTimeout != null && (idleTimeout.isNegative() || idleTimeout.isZero())) {
            throw new IllegalArgumentException("source.idle-timeout must be positive, was " + idleTimeout);
        }
        return new HighWaterWatermarks(outOfOrderness.toNanos(), idleTimeout);
    }

    @Override
    public WatermarkGenerator<Decoded> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
        WatermarkGenerator<Decoded> generator = new Generator(outOfOrdernessNanos);
        Duration timeout = idleTimeout;
        if (timeout == null) {
            return generator;
        }
        return new TradesOnly(new WatermarksWithIdleness<>(generator, timeout, context.getInputActivityClock()));
    }

    @Override
    public TimestampAssigner<Decoded> createTimestampAssigner(TimestampAssignerSupplier.Context context) {
        return (decoded, recordTimestamp) -> decoded.isTrade()
                ? Math.floorDiv(decoded.trade().eventTimeNanos, NANOS_PER_MILLI)
                : TimestampAssigner.NO_TIMESTAMP;
    }

    /** The watermark of a high-water mark, in milliseconds. */
    static long watermarkMillis(long highWaterNanos, long outOfOrdernessNanos) {
        return Math.floorDiv(highWaterNanos - outOfOrdernessNanos, NANOS_PER_MILLI) - 1;
    }

    private static final class Generator implements WatermarkGenerator<Decoded> {
        private final long outOfOrdernessNanos;
        private boolean seen;
        private long highWaterNanos;

        Generator(long outOfOrdernessNanos) {
            this.outOfOrdernessNanos = outOfOrdernessNanos;
        }

        @Override
        public void onEvent(Decoded decoded, long timestamp, WatermarkOutput output) {
            if (decoded.isTrade()) {
                long time = decoded.trade().eventTimeNanos;
                if (!seen || time > highWaterNanos) {
                    seen = true;
                    highWaterNanos = time;
                }
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            if (seen) {
                // Also where it has not advanced: it is what makes a partition active again after an idle time.
                output.emitWatermark(new Watermark(watermarkMillis(highWaterNanos, outOfOrdernessNanos)));
            }
        }
    }

    /** Shows only valid trades to the idleness timer. */
    private static final class TradesOnly implements WatermarkGenerator<Decoded> {
        private final WatermarkGenerator<Decoded> generator;

        TradesOnly(WatermarkGenerator<Decoded> generator) {
            this.generator = generator;
        }

        @Override
        public void onEvent(Decoded decoded, long timestamp, WatermarkOutput output) {
            if (decoded.isTrade()) {
                generator.onEvent(decoded, timestamp, output);
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            generator.onPeriodicEmit(output);
        }
    }
}
