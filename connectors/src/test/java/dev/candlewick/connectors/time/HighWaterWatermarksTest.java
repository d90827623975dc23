package dev.candlewick.connectors.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class HighWaterWatermarksTest {
    private static final long MILLI = 1_000_000;
    /** End of a window, 2019-10-11T00:00:11Z. */
    private static final long END = 1_570_752_011_000L * MILLI;

    private final ManualClock clock = new ManualClock();

    private static final class Output implements WatermarkOutput {
        final List<String> events = new ArrayList<>();

        @Override
        public void emitWatermark(Watermark watermark) {
            events.add(Long.toString(watermark.getTimestamp()));
        }

        @Override
        public void markIdle() {
            events.add("idle");
        }

        @Override
        public void markActive() {
            events.add("active");
        }
    }

    private WatermarkGenerator<Decoded> generator(HighWaterWatermarks strategy) {
        return strategy.createWatermarkGenerator(new WatermarkGeneratorSupplier.Context() {
            @Override
            public MetricGroup getMetricGroup() {
                return new UnregisteredMetricsGroup();
            }

            @Override
            public RelativeClock getInputActivityClock() {
                return clock;
            }
        });
    }

    private static Decoded trade(long eventTimeNanos) {
        Decoded decoded = new Decoded();
        decoded.trade().eventTimeNanos = eventTimeNanos;
        return decoded.setTrade();
    }

    private static Decoded rejected(long eventTimeNanos) {
        return new Decoded()
                .setRejected(new Rejected(Reason.TIME_FUTURE, "", new byte[0], eventTimeNanos, 0, 0, 0, 0, 0));
    }

    private String watermarkAfter(long outOfOrderNanos, long... times) {
        WatermarkGenerator<Decoded> generator = generator(HighWaterWatermarks.of(Duration.ofNanos(outOfOrderNanos)));
        Output output = new Output();
        for (long time : times) {
            generator.onEvent(trade(time), 0, output);
        }
        assertThat(output.events).isEmpty();
        generator.onPeriodicEmit(output);
        return String.join(",", output.events);
    }

    @Test
    void aWindowClosesWhenTheMarkLessOutOfOrdernessReachesItsEnd() {
        long endMillis = END / MILLI;
        assertThat(watermarkAfter(0, END - 1)).isEqualTo(Long.toString(endMillis - 2));
        assertThat(watermarkAfter(0, END - MILLI)).isEqualTo(Long.toString(endMillis - 2));
        assertThat(watermarkAfter(0, END - MILLI - 1)).isEqualTo(Long.toString(endMillis - 3));
        assertThat(watermarkAfter(0, END)).isEqualTo(Long.toString(endMillis - 1));
        assertThat(watermarkAfter(0, END + 1)).isEqualTo(Long.toString(endMillis - 1));
        assertThat(watermarkAfter(1, END)).isEqualTo(Long.toString(endMillis - 2));
        assertThat(watermarkAfter(1, END + 1)).isEqualTo(Long.toString(endMillis - 1));
        assertThat(watermarkAfter(1000 * MILLI, END + 1000 * MILLI - 1)).isEqualTo(Long.toString(endMillis - 2));
        assertThat(watermarkAfter(1000 * MILLI, END + 1000 * MILLI)).isEqualTo(Long.toString(endMillis - 1));
        assertThat(watermarkAfter(0, END, END - 5, END - 50 * MILLI)).isEqualTo(Long.toString(endMillis - 1));
        // Before 1970 the division must still round down.
        assertThat(watermarkAfter(0, -1)).isEqualTo("-2");
        assertThat(watermarkAfter(0)).isEmpty();
    }

    @Test
    void onlyTradesMoveTheMark() {
        WatermarkGenerator<Decoded> generator = generator(HighWaterWatermarks.of(Duration.ZERO));
        Output output = new Output();
        generator.onEvent(rejected(END), 0, output);
        generator.onEvent(new Decoded().setFiltered(0, 0, 0), 0, output);
        generator.onPeriodicEmit(output);
        assertThat(output.events).isEmpty();
        generator.onEvent(trade(END), 0, output);
        generator.onEvent(rejected(END + 1_000_000 * MILLI), 0, output);
        Decoded wasTrade = trade(END + 2_000_000 * MILLI);
        wasTrade.setFiltered(0, 0, 0);
        generator.onEvent(wasTrade, 0, output);
        generator.onPeriodicEmit(output);
        assertThat(output.events).containsExactly(Long.toString(END / MILLI - 1));
    }

    @Test
    void onlyTradesCountAsActivity() {
        WatermarkGenerator<Decoded> generator =
                generator(HighWaterWatermarks.of(Duration.ZERO, Duration.ofSeconds(30)));
        Output output = new Output();
        generator.onEvent(trade(END), 0, output);
        for (int second = 0; second <= 35; second++) {
            generator.onEvent(new Decoded().setFiltered(0, 0, 0), 0, output);
            generator.onEvent(rejected(END), 0, output);
            generator.onPeriodicEmit(output);
            clock.advanceTime(Duration.ofSeconds(1));
        }
        assertThat(output.events).startsWith(Long.toString(END / MILLI - 1)).endsWith("idle");
        output.events.clear();
        // An older trade wakes it up, although the mark stays.
        generator.onEvent(trade(END - 5 * MILLI), 0, output);
        generator.onPeriodicEmit(output);
        assertThat(output.events).containsExactly(Long.toString(END / MILLI - 1));
    }

    @Test
    void timestampsAreMillisecondsOfTradesOnly() {
        TimestampAssigner<Decoded> assigner = HighWaterWatermarks.of(Duration.ZERO)
                .createTimestampAssigner((TimestampAssignerSupplier.Context) UnregisteredMetricsGroup::new);
        assertThat(assigner.extractTimestamp(trade(END + MILLI - 1), 5)).isEqualTo(END / MILLI);
        assertThat(assigner.extractTimestamp(trade(-1), 5)).isEqualTo(-1);
        assertThat(assigner.extractTimestamp(rejected(END), 5)).isEqualTo(Long.MIN_VALUE);
        assertThat(assigner.extractTimestamp(new Decoded().setFiltered(0, 0, 0), 5))
                .isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void refusesImpossibleSettings() {
        assertThatThrownBy(() -> HighWaterWatermarks.of(Duration.ofMillis(-1)))
                .hasMessageContaining("out-of-orderness");
        assertThatThrownBy(() -> HighWaterWatermarks.of(Duration.ZERO, Duration.ZERO))
                .hasMessageContaining("source.idle-timeout");
    }
}
