package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.BTC;
import static dev.candlewick.jobs.operators.TestTrades.ETH;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static dev.candlewick.jobs.operators.TestTrades.nanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import dev.candlewick.jobs.operators.TestTrades.Builder;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lateness is decided by the log and not by the clock: after any restore, where Flink's watermark is back at its minimum,
 * a purged window is never published again (design section 4.6).
 */
class LateByLogTest {
    private static final EngineSettings SETTINGS = Harness.SETTINGS;

    /** Reads a trade as the job does: through the stamp, then through the keyed operator. */
    private static void read(Harness<Decoded, Trade> stamp, Harness<Trade, Published> market, Builder trade)
            throws Exception {
        stamp.process(trade.decoded());
        for (Trade stamped : stamp.take()) {
            market.process(stamped);
        }
    }

    /** Reads what closes and purges the windows of 12:00:00, with the watermark of the only partition. */
    private static void closeNoon(Harness<Decoded, Trade> stamp, Harness<Trade, Published> market) throws Exception {
        read(stamp, market, at("12:00:00.200"));
        read(stamp, market, at("12:00:21.100").price("101"));
        // 12:00:21.1 − 1 s out of order − 1 ms: the 10 s window that ended at 12:00:10 is purged.
        market.watermark("12:00:20.099");
        assertThat(market.candles("10s")).singleElement().satisfies(candle -> {
            assertThat(candle.startNanos()).isEqualTo(nanos("12:00:00"));
            assertThat(candle.trades()).isEqualTo(1);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTradeForAPurgedWindowIsLateWithAndWithoutARestart(Backend backend) throws Exception {
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh());
                var market = Harness.market(backend, SETTINGS, Start.fresh())) {
            closeNoon(stamp, market);
            OperatorSubtaskState stamped = stamp.checkpoint(1);
            OperatorSubtaskState kept = market.checkpoint(1);

            // Without a restart.
            read(stamp, market, at("12:00:00.300"));
            market.watermark("12:00:20.100");
            assertThat(market.take()).isEmpty();
            assertThat(stamp.metric("cause.LOG.candlewick.late")).isEqualTo(1);

            // With a restart: the first trade that is read, at the smallest watermark.
            try (var stampAgain = Harness.stamp(SETTINGS, Start.from(stamped));
                    var marketAgain = Harness.market(backend, SETTINGS, Start.from(kept))) {
                read(stampAgain, marketAgain, at("12:00:00.300"));
                assertThat(stampAgain.metric("cause.LOG.candlewick.late")).isEqualTo(1);
                marketAgain.finish();
                assertThat(marketAgain.candles("1s"))
                        .extracting(Candle::startNanos)
                        .containsExactly(nanos("12:00:21"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theKeyedOperatorAloneTurnsAwayWhatItsPartitionCouldNotKnow(Backend backend) throws Exception {
        OperatorSubtaskState kept;
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh());
                var market = Harness.market(backend, SETTINGS, Start.fresh())) {
            closeNoon(stamp, market);
            kept = market.checkpoint(1);
        }
        try (var market = Harness.market(backend, SETTINGS, Start.from(kept))) {
            market.process(at("12:00:00.300").read(1, 0));
            market.process(at("12:00:00.300").read(2, 0).newPartition());
            market.process(at("12:00:00.400").read(2, 1).newPartition());

            market.finish();

            assertThat(market.metric("cause.IDLE.candlewick.late")).isEqualTo(1);
            assertThat(market.metric("cause.NEW_PARTITION.candlewick.late")).isEqualTo(2);
            assertThat(market.candles("10s")).extracting(Candle::startNanos).containsExactly(nanos("12:00:20"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSecondWithoutAnyTradeIsNotReopenedBehindItsPurgedTenSeconds(Backend backend) throws Exception {
        OperatorSubtaskState kept;
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh());
                var market = Harness.market(backend, SETTINGS, Start.fresh())) {
            closeNoon(stamp, market);
            kept = market.checkpoint(1);
        }
        try (var market = Harness.market(backend, SETTINGS, Start.from(kept))) {
            // No window of 1 s ever stood at 12:00:07, but its 10 s window was published and purged.
            market.process(at("12:00:07").read(1, 0));
            market.process(at("12:00:09.999999999").read(1, 1));
            assertThat(market.metric("cause.IDLE.candlewick.late")).isEqualTo(2);

            // The next nanosecond belongs to a window that was never purged.
            market.process(at("12:00:10").read(1, 2));
            market.finish();

            assertThat(market.metric("cause.IDLE.candlewick.late")).isEqualTo(2);
            assertThat(market.candles("10s"))
                    .extracting(Candle::startNanos, Candle::revision)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(nanos("12:00:10"), 0),
                            org.assertj.core.groups.Tuple.tuple(nanos("12:00:20"), 0));
        }
    }

    /** Subtask of two that owns a key. */
    private static int owner(String key) {
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(key, Harness.MAX_PARALLELISM, 2);
    }

    @ParameterizedTest
    @EnumSource
    void oneKeyOnTwoSubtasksStaysPurgedThroughEveryRescale(Backend backend) throws Exception {
        OperatorSubtaskState alone;
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh());
                var market = Harness.market(backend, SETTINGS, Start.fresh())) {
            closeNoon(stamp, market);
            alone = market.checkpoint(1);
        }
        int owner = owner(BTC.key());
        // 1 → 2: the other subtask has no key, reads nothing and knows no watermark; then it is there at every restore.
        List<OperatorSubtaskState> two = new ArrayList<>();
        for (int subtask = 0; subtask < 2; subtask++) {
            try (var market = Harness.market(backend, SETTINGS, Start.rescaled(List.of(alone), 2, subtask))) {
                assertThat(market.metric("instruments")).isEqualTo(subtask == owner ? 1 : 0);
                two.add(market.checkpoint(2));
            }
        }
        List<OperatorSubtaskState> twoAgain = new ArrayList<>();
        for (int subtask = 0; subtask < 2; subtask++) {
            try (var market = Harness.market(backend, SETTINGS, Start.rescaled(two, 2, subtask))) {
                if (subtask == owner) {
                    market.process(at("12:00:00.300").read(1, 0));
                    assertThat(market.metric("cause.IDLE.candlewick.late")).isEqualTo(1);
                }
                twoAgain.add(market.checkpoint(3));
                assertThat(market.take()).isEmpty();
            }
        }
        // 2 → 1, and the trade for the purged window is the first again.
        try (var market = Harness.market(backend, SETTINGS, Start.rescaled(twoAgain, 1, 0))) {
            market.process(at("12:00:03").read(1, 1));
            market.finish();
            assertThat(market.metric("cause.IDLE.candlewick.late"))
                    .as("one before the restart, one behind it")
                    .isEqualTo(2);
            assertThat(market.candles("10s")).extracting(Candle::startNanos).containsExactly(nanos("12:00:20"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void thePurgeMarkOfOneInstrumentDoesNotTouchAnother(Backend backend) throws Exception {
        OperatorSubtaskState kept;
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh());
                var market = Harness.market(backend, SETTINGS, Start.fresh())) {
            closeNoon(stamp, market);
            kept = market.checkpoint(1);
        }
        try (var market = Harness.market(backend, SETTINGS, Start.from(kept))) {
            market.process(at("12:00:00.300").of(ETH).read(1, 0));
            market.finish();
            assertThat(market.metric("cause.IDLE.candlewick.late")).isZero();
            assertThat(market.candles("1s"))
                    .filteredOn(candle -> candle.symbol().equals(ETH.symbol()))
                    .hasSize(1);
        }
    }

    @Test
    void theVerdictIsExactToTheNanosecond() throws Exception {
        // Late when 12:00:01 + 10 s <= H − 1 s.
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh())) {
            stamp.process(at("12:00:11.999999999").decoded());
            stamp.process(at("12:00:00.500").decoded());
            assertThat(stamp.take()).hasSize(2).noneMatch(trade -> trade.late);

            stamp.process(at("12:00:12").decoded());
            stamp.process(at("12:00:00.500").decoded());
            assertThat(stamp.take()).hasSize(1);
            assertThat(stamp.metric("cause.LOG.candlewick.late")).isEqualTo(1);

            stamp.process(at("12:00:01").decoded());
            assertThat(stamp.take()).singleElement().satisfies(trade -> {
                assertThat(trade.late).isFalse();
                assertThat(trade.disorderNanos).isEqualTo(11_000_000_000L);
            });
        }
    }

    @Test
    void underAcceptTheVerdictIsOnlyRecorded() throws Exception {
        try (var stamp = Harness.stamp(Harness.accepting(), true, Start.fresh())) {
            stamp.process(at("12:00:12").decoded());
            stamp.process(at("12:00:00.500").decoded());
            assertThat(stamp.take()).extracting(trade -> trade.late).containsExactly(false, true);
            assertThat(stamp.take(StampOperator.ARCHIVE))
                    .extracting(trade -> trade.late)
                    .containsExactly(false, true);
            assertThat(stamp.metric("cause.LOG.candlewick.late")).isZero();
        }
    }

    @Test
    void overAnArchiveTheVerdictIsTheArchivedOne() throws Exception {
        try (var stamp = Harness.archivedStamp(SETTINGS, Start.fresh())) {
            var early = at("12:00:00.500").decoded();
            early.trade().late = true;
            early.trade().disorderNanos = 77;
            stamp.process(early);
            stamp.process(at("12:00:12").decoded());
            // Behind the mark, had it one; but not late when its log was read.
            stamp.process(at("12:00:00.600").decoded());
            assertThat(stamp.take()).extracting(trade -> trade.late).containsExactly(false, false);
            assertThat(stamp.take(StampOperator.ARCHIVE))
                    .extracting(trade -> trade.disorderNanos)
                    .containsExactly(77L, 0L, 0L);
            assertThat(stamp.metric("cause.LOG.candlewick.late")).isEqualTo(1);
        }
    }

    @Test
    void theArchiveHoldsLateTradesThatAreTurnedAway() throws Exception {
        try (var stamp = Harness.stamp(SETTINGS, true, Start.fresh())) {
            stamp.process(at("12:00:12").decoded());
            stamp.process(at("12:00:00.500").decoded());
            assertThat(stamp.take()).hasSize(1);
            assertThat(stamp.take(StampOperator.ARCHIVE))
                    .extracting(trade -> trade.late)
                    .containsExactly(false, true);
        }
    }
}
