package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.jobs.operators.Harness.Start;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** The operators register what {@link JobMetric} says, each in its groups, and a restart does not set back what is kept. */
class MetricsTest {
    private static final EngineSettings SETTINGS = Harness.SETTINGS.withQuality(QualitySettings.defaults());

    private static Set<String> of(JobMetric.Operator... operators) {
        return Arrays.stream(JobMetric.values())
                .filter(metric -> List.of(operators).contains(metric.operator()))
                .map(JobMetric::metricName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> names(Harness<?, ?> harness) {
        return harness.metricPaths().stream()
                .map(path -> path.substring(path.lastIndexOf('.') + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyOperatorHasItsMetricsAndNoOther() throws Exception {
        try (var stamp = Harness.stamp(Harness.SETTINGS, Start.fresh());
                var market = Harness.market(Backend.HEAP, Harness.SETTINGS, Start.fresh());
                var outlet = Harness.outlet(Harness.SETTINGS, Start.fresh());
                var ledger = Harness.ledger(Harness.SETTINGS, Start.fresh())) {
            assertThat(names(stamp)).isEqualTo(of(JobMetric.Operator.STAMP, JobMetric.Operator.STAMP_AND_MARKET_DATA));
            assertThat(names(market))
                    .isEqualTo(of(JobMetric.Operator.MARKET_DATA, JobMetric.Operator.STAMP_AND_MARKET_DATA));
            assertThat(names(outlet)).isEqualTo(of(JobMetric.Operator.OUTLET, JobMetric.Operator.OUTLET_AND_SILENCE));
            assertThat(names(ledger)).isEqualTo(of(JobMetric.Operator.LEDGER));
            assertThat(stamp.metricPaths()).contains("reason.UNPARSABLE.candlewick.rejected", "candlewick.read");
            assertThat(outlet.metricPaths())
                    .contains(
                            "interval.1s.reason.LATE.candlewick.published",
                            "interval.vwap_5m.reason.CLOSED.candlewick.published",
                            "interval.10s.candlewick.publishedTrades");
        }
    }

    private static Decoded rejected() {
        Decoded decoded = new Decoded();
        return decoded.setRejected(new Rejected(
                Reason.UNPARSABLE,
                "message must be JSON, was empty",
                new byte[0],
                Trade.TIME_ABSENT,
                Trade.TIME_ABSENT,
                Trade.TIME_ABSENT,
                0,
                0,
                1));
    }

    @Test
    void aRestartDoesNotSetBackWhatIsKept() throws Exception {
        OperatorSubtaskState stamped;
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh())) {
            stamp.process(rejected());
            stamp.process(rejected());
            stamped = stamp.checkpoint(1);
        }
        try (var stamp = Harness.stamp(SETTINGS, Start.from(stamped, 1))) {
            stamp.process(rejected());
            assertThat(stamp.metric("reason.UNPARSABLE.candlewick.rejected")).isEqualTo(3);
            stamp.checkpoint(2);
            assertThat(stamp.metric("read")).isEqualTo(3);
            assertThat(stamp.metric("reason.RANGE.candlewick.rejected")).isZero();
        }

        OperatorSubtaskState kept;
        List<Published> published;
        try (var market = Harness.market(Backend.HEAP, SETTINGS, Start.fresh())) {
            market.process(at("12:00:00.100").id("7"));
            market.process(at("12:00:00.200").id("7").price("101"));
            market.process(at("12:00:00.300").id("8"));
            market.watermark("12:00:30");
            market.process(at("12:00:00.400").newPartition());
            market.watermark("12:02:00");
            kept = market.checkpoint(1);
            published = market.take();
        }
        try (var market = Harness.market(Backend.HEAP, SETTINGS, Start.from(kept, 1))) {
            assertThat(market.metric("idConflict")).isEqualTo(1);
            assertThat(market.metric("cause.NEW_PARTITION.candlewick.late")).isEqualTo(1);
            assertThat(market.metric("accepted")).isEqualTo(3);
            market.process(at("12:03:00.100").id("9"));
            market.checkpoint(2);
            assertThat(market.metric("interval.1s.candlewick.openWindows")).isEqualTo(1);
            assertThat(market.metric("dedupIds")).isPositive();
            kept = market.checkpoint(3);
        }
        try (var market = Harness.market(Backend.HEAP, SETTINGS, Start.from(kept, 3))) {
            assertThat(market.metric("interval.1s.candlewick.openWindows")).isEqualTo(1);
            assertThat(market.metric("dedupIds")).as("of what was restored").isPositive();
        }

        try (var outlet = Harness.outlet(SETTINGS, Start.fresh())) {
            for (Published record : published) {
                outlet.process(record);
            }
            kept = outlet.checkpoint(1);
        }
        try (var outlet = Harness.outlet(SETTINGS, Start.from(kept, 1))) {
            long candles = published.stream()
                    .filter(record -> record instanceof Candle candle
                            && candle.interval().name().equals("1s"))
                    .count();
            assertThat(outlet.metric("interval.1s.reason.CLOSED.candlewick.published"))
                    .isEqualTo(candles)
                    .isPositive();
            assertThat(outlet.metric("kind.ID_CONFLICT.candlewick.qualityEvents"))
                    .isPositive();
        }
    }

    @Test
    void recentValuesAreThoseSeenLast() {
        RecentValues values = new RecentValues();
        assertThat(values.getStatistics().getQuantile(0.5)).isZero();
        LongStream.rangeClosed(1, 3_000).forEach(values::update);
        assertThat(values.getCount()).isEqualTo(3_000);
        assertThat(values.getStatistics().size()).isEqualTo(1_024);
        assertThat(values.getStatistics().getMin()).isEqualTo(3_000 - 1_023);
        assertThat(values.getStatistics().getMax()).isEqualTo(3_000);
        assertThat(values.getStatistics().getQuantile(0.5)).isEqualTo(3_000 - 512);
        assertThat(values.getStatistics().getQuantile(1)).isEqualTo(3_000);
        assertThat(values.getStatistics().getMean()).isCloseTo(3_000 - 511.5, within(0.01));
    }
}
