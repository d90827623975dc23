package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.Harness.SETTINGS;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static dev.candlewick.jobs.operators.TestTrades.nanos;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A state that is older than a heal does not publish a healed value again; one that is as new goes on. */
final class HealedUntilTest {
    private static final String BTC = "alpha|BTC-USD";

    private static HealedUntil until(String time) {
        return new HealedUntil(Map.of(BTC, nanos(time)));
    }

    /** The state of a job that has read one trade of 12:00:00 and closed nothing. */
    private static OperatorSubtaskState young(Backend backend) throws Exception {
        try (Harness<Trade, Published> market = Harness.market(backend, SETTINGS, Start.fresh())) {
            market.process(at("12:00:00.200"));
            return market.checkpoint(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStateThatIsOlderThanTheHealStopsBeforeTheHealedCandle(Backend backend) throws Exception {
        OperatorSubtaskState kept = young(backend);
        try (Harness<Trade, Published> market =
                Harness.market(backend, SETTINGS, until("12:00:01"), Start.from(kept))) {
            assertThatThrownBy(() -> market.watermark("12:00:01"))
                    .rootCause()
                    .hasMessageContaining("state must not be older than the newest heal")
                    .hasMessageContaining("BTC-USD")
                    .hasMessageContaining("--republish");
            assertThat(market.take()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatLiesBehindTheHealAndOtherInstrumentsComeAsAlways(Backend backend) throws Exception {
        OperatorSubtaskState kept = young(backend);
        HealedUntil other = new HealedUntil(Map.of("alpha|ETH-USD", nanos("12:00:01")));
        for (HealedUntil healed : new HealedUntil[] {HealedUntil.NONE, other, until("12:00:00")}) {
            try (Harness<Trade, Published> market = Harness.market(backend, SETTINGS, healed, Start.from(kept))) {
                market.watermark("12:00:01");
                assertThat(market.candles("1s")).extracting(Candle::startNanos).containsExactly(nanos("12:00:00"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStateThatHasPurgedWhatWasHealedGoesOn(Backend backend) throws Exception {
        OperatorSubtaskState kept;
        try (Harness<Trade, Published> market = Harness.market(backend, SETTINGS, Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.process(at("12:00:21.100").price("101"));
            market.watermark("12:00:20.099");
            assertThat(market.take()).isNotEmpty();
            kept = market.checkpoint(1);
        }
        try (Harness<Trade, Published> market =
                Harness.market(backend, SETTINGS, until("12:00:10"), Start.from(kept))) {
            market.watermark("12:00:40");
            assertThat(market.candles("1s")).extracting(Candle::startNanos).containsExactly(nanos("12:00:21"));
        }
    }

    @Test
    void aLogPositionThatIsOlderThanTheHealStopsAtTheStart() throws Exception {
        OperatorSubtaskState kept;
        try (Harness<Decoded, Trade> stamp = Harness.stamp(SETTINGS, Start.fresh())) {
            stamp.process(at("12:00:21.000").decoded());
            kept = stamp.checkpoint(1);
        }
        // Read up to 12:00:21, less 1 s out of order and 10 s of lateness: up to 12:00:10 all can be settled
        try (Harness<Decoded, Trade> stamp = Harness.stamp(SETTINGS, until("12:00:10"), Start.from(kept))) {
            stamp.process(at("12:00:22.000").decoded());
            assertThat(stamp.take()).hasSize(1);
        }
        assertThatThrownBy(() -> Harness.stamp(SETTINGS, until("12:00:11"), Start.from(kept)))
                .rootCause()
                .hasMessageContaining("state must not be older than the newest heal");
        // Without state there is no position; each instrument is judged by what it is about to publish
        Harness.stamp(SETTINGS, until("12:00:11"), Start.fresh()).close();
    }
}
