package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.at;
import static dev.candlewick.jobs.operators.TestTrades.nanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.jobs.operators.Harness.Start;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When windows close, are revised and are forgotten under Flink's watermarks and timers (design sections 4.1 and 4.6). */
class WindowsTest {
    private static final String KEY = TestTrades.BTC.key();

    private static Harness<Trade, Published> market(Backend backend) throws Exception {
        return Harness.market(backend, Harness.SETTINGS, Start.fresh());
    }

    @ParameterizedTest
    @EnumSource
    void aWindowClosesOneMillisecondBeforeItsEndAndNotBefore(Backend backend) throws Exception {
        try (var market = market(backend)) {
            market.process(at("12:00:00.200"));
            market.watermark("12:00:00.998");
            assertThat(market.take()).isEmpty();

            market.watermark("12:00:00.999");

            List<Candle> closed = market.candles("1s");
            assertThat(closed).hasSize(1);
            assertThat(closed.get(0).startNanos()).isEqualTo(nanos("12:00:00"));
            assertThat(closed.get(0).endNanos()).isEqualTo(nanos("12:00:01"));
            assertThat(closed.get(0).revision()).isZero();
            assertThat(closed.get(0).reason()).isEqualTo(RevisionReason.CLOSED);
            assertThat(closed.get(0).isFinal()).isTrue();
            market.watermark("12:00:05");
            assertThat(market.take()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCoarserWindowClosesAtItsOwnEnd(Backend backend) throws Exception {
        try (var market = market(backend)) {
            market.process(at("12:00:00.200"));
            market.watermark("12:00:09.998");
            assertThat(market.candles("10s")).isEmpty();

            market.watermark("12:00:09.999");

            assertThat(market.candles("10s"))
                    .singleElement()
                    .satisfies(candle -> assertThat(candle.trades()).isEqualTo(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTradeOneNanosecondBeforeTheEndIsInAndATradeAtTheEndIsInTheNext(Backend backend) throws Exception {
        try (var market = market(backend)) {
            market.process(at("12:00:00.999999999").price("101"));
            market.process(at("12:00:01").price("102"));

            market.watermark("12:00:00.999");
            assertThat(market.candles("1s")).singleElement().satisfies(first -> {
                assertThat(first.startNanos()).isEqualTo(nanos("12:00:00"));
                assertThat(first.trades()).isEqualTo(1);
                assertThat(TestTrades.close(first)).isEqualTo("101");
            });

            market.watermark("12:00:01.998");
            assertThat(market.candles("1s")).isEmpty();
            market.watermark("12:00:01.999");
            assertThat(market.candles("1s")).singleElement().satisfies(next -> {
                assertThat(next.startNanos()).isEqualTo(nanos("12:00:01"));
                assertThat(TestTrades.open(next)).isEqualTo("102");
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoTradesInOneMillisecondAreOrderedByNanosecondsAndNotByArrival(Backend backend) throws Exception {
        try (var market = market(backend)) {
            market.process(at("12:00:00.500000200").price("102"));
            market.process(at("12:00:00.500000100").price("101"));

            market.watermark("12:00:00.999");

            assertThat(market.candles("1s")).singleElement().satisfies(candle -> {
                assertThat(TestTrades.open(candle)).isEqualTo("101");
                assertThat(TestTrades.close(candle)).isEqualTo("102");
                assertThat(candle.firstTradeNanos()).isEqualTo(nanos("12:00:00.500000100"));
                assertThat(candle.lastTradeNanos()).isEqualTo(nanos("12:00:00.500000200"));
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRevisionComesOncePerWatermarkAdvanceWithAllThatChanged(Backend backend) throws Exception {
        try (var market = market(backend)) {
            market.process(at("12:00:00.200"));
            market.watermark("12:00:02.999");
            market.take();

            market.process(at("12:00:00.300").price("107"));
            market.process(at("12:00:00.400").price("95"));
            market.process(at("12:00:00.100").price("99"));
            assertThat(market.take()).as("before the watermark moves").isEmpty();
            market.watermark("12:00:03");

            assertThat(market.candles("1s")).singleElement().satisfies(revised -> {
                assertThat(revised.revision()).isEqualTo(1);
                assertThat(revised.reason()).isEqualTo(RevisionReason.LATE);
                assertThat(revised.isFinal()).isTrue();
                assertThat(revised.trades()).isEqualTo(4);
                assertThat(TestTrades.open(revised)).isEqualTo("99");
            });
            market.watermark("12:00:03.500");
            assertThat(market.candles("1s")).as("nothing changed since").isEmpty();

            market.process(at("12:00:00.900").price("98"));
            market.watermark("12:00:04");
            assertThat(market.candles("1s"))
                    .singleElement()
                    .satisfies(revised -> assertThat(revised.revision()).isEqualTo(2));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLateTradeRevisesEveryPublishedIntervalAndTheRowsItChanges(Backend backend) throws Exception {
        try (var market = market(backend)) {
            market.process(at("12:00:00.200"));
            market.process(at("12:00:11"));
            market.watermark("12:00:12.999");
            List<Published> before = market.take();
            assertThat(before).filteredOn(VwapRow.class::isInstance).hasSize(2);

            market.process(at("12:00:05").price("90"));
            market.watermark("12:00:13");

            List<Published> after = market.take();
            assertThat(after)
                    .extracting(record -> record.getClass().getSimpleName() + " "
                            + (record instanceof Candle candle
                                    ? candle.interval() + " "
                                            + (candle.startNanos() - nanos("12:00:00")) / 1_000_000_000
                                    : (((VwapRow) record).atNanos() - nanos("12:00:00")) / 1_000_000_000)
                            + " revision " + record.revision())
                    .containsExactlyInAnyOrder(
                            "Candle 1s 5 revision 0",
                            "Candle 10s 0 revision 1",
                            "VwapRow 6 revision 0",
                            "VwapRow 12 revision 1");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWindowTakesTradesUntilItsEndPlusLatenessAndNothingAfter(Backend backend) throws Exception {
        EngineSettings fine = Harness.SETTINGS.withIntervals(dev.candlewick.core.time.Intervals.parse("1s"));
        try (var market = Harness.market(backend, fine, Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.watermark("12:00:10.998");
            market.take();
            market.process(at("12:00:00.300"));
            assertThat(market.metric("accepted")).isEqualTo(2);

            market.watermark("12:00:10.999");
            assertThat(market.candles("1s"))
                    .singleElement()
                    .satisfies(revised -> assertThat(revised.revision()).isEqualTo(1));

            market.process(at("12:00:00.400"));
            market.watermark("12:00:30");
            assertThat(market.take())
                    .as("a purged window is never created twice")
                    .isEmpty();
            assertThat(market.metric("accepted")).isEqualTo(2);
            assertThat(market.metric("cause.IDLE.candlewick.late")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterEverythingNothingButThePurgeMarkIsLeftAndNoTimer(Backend backend) throws Exception {
        EngineSettings all = EngineSettings.defaults().withFill(FillPolicy.CARRY, 100);
        try (var market = Harness.market(backend, all, Start.fresh())) {
            market.process(at("12:00:00.200").id("7"));
            market.process(at("12:00:00.200").id("7"));
            market.process(at("12:03:10").id("8"));
            market.process(at("12:03:10"));
            assertThat(market.timers()).as("one timer for each key").isEqualTo(1);
            for (int second = 0; second < 60 * 31; second++) {
                market.watermark(TestTrades.millis("12:00:00") + second * 1_000L);
                assertThat(market.timers()).isLessThanOrEqualTo(1);
            }

            market.checkpoint(1);

            InstrumentState state = market.state(KEY);
            assertThat(state.isIdle()).isTrue();
            assertThat(state.purgeMarkNanos()).isEqualTo(nanos("12:15:00"));
            assertThat(state.timerMillis()).isEqualTo(Long.MAX_VALUE);
            assertThat(market.timers()).isZero();
            assertThat(market.metric("accepted")).isEqualTo(3);
            assertThat(market.metric("duplicate")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theEndOfTheInputPublishesWhatIsOpenAndLeavesNoTimer(Backend backend) throws Exception {
        for (EngineSettings settings : List.of(Harness.SETTINGS, Harness.accepting())) {
            try (var market = Harness.market(backend, settings, Start.fresh())) {
                market.process(at("12:00:00.200"));
                market.process(at("12:00:00.200").of(TestTrades.ETH));

                market.finish();

                assertThat(market.candles("10s")).hasSize(2).allSatisfy(candle -> {
                    assertThat(candle.revision()).isZero();
                    assertThat(candle.isFinal()).isTrue();
                });
                assertThat(market.timers()).isZero();
                assertThat(market.state(KEY).isIdle()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void underAcceptNothingClosesBeforeTheEndOfTheInput(Backend backend) throws Exception {
        try (var market = Harness.market(backend, Harness.accepting(), Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.watermark("23:00:00");
            assertThat(market.take()).isEmpty();
            market.process(at("12:00:00.300"));

            market.finish();

            assertThat(market.candles("1s")).singleElement().satisfies(candle -> {
                assertThat(candle.trades()).isEqualTo(2);
                assertThat(candle.revision()).isZero();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void underAcceptWindowsOfAnOrderedInputCloseAsTimePasses(Backend backend) throws Exception {
        try (var market = Harness.orderedMarket(backend, Harness.accepting(), Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.watermark("12:00:01");
            assertThat(market.candles("1s")).singleElement().satisfies(candle -> {
                assertThat(candle.trades()).isEqualTo(1);
                assertThat(candle.revision()).isZero();
            });
            market.watermark("23:00:00");
            market.take();
            // The input broke its promise: a fragment of a candle must not pass for one.
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> market.process(at("12:00:00.300")))
                    .hasMessageContaining("under late=accept a window must stand until its last trade came");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theInstrumentBeyondTheMaximumStopsTheJob(Backend backend) throws Exception {
        try (var market = market(backend)) {
            for (int i = 0; i < 1_000; i++) {
                market.process(
                        at("12:00:00.200").of(dev.candlewick.core.model.Instrument.ofVenue("alpha", "S" + i, 12, 8)));
            }
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> market.process(at("12:00:00.200")))
                    .hasMessageContaining("instruments.max=1000")
                    .hasMessageContaining(KEY);
        }
    }
}
