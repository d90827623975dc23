package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.ETH;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import dev.candlewick.jobs.operators.TestTrades.Builder;
import java.util.List;
import java.util.function.Predicate;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The double entry closes at every cut, and a record lost or doubled between two stages shows at the next one (design
 * section 4.10).
 */
class DoubleEntryTest {
    private static final EngineSettings SETTINGS = Harness.SETTINGS;

    /** The four stages in a row, with taps between them that a test may close. */
    private static final class Line implements AutoCloseable {
        final Harness<Decoded, Trade> stamp;
        final Harness<Trade, Published> market;
        final Harness<Published, Published> outlet;
        final Harness<StageTotals, LedgerRow> ledger;
        final OperatorSubtaskState[] states = new OperatorSubtaskState[4];
        private long checkpoints;

        /** Which trades reach the keyed stage, and which records the outlet. */
        Predicate<Trade> toMarket = trade -> true;

        Predicate<Published> toOutlet = record -> true;

        private boolean isRestored;
        private List<StageTotals> pending = List.of();

        Line(Backend backend) throws Exception {
            this(backend, new OperatorSubtaskState[4], 0);
        }

        Line(Backend backend, OperatorSubtaskState[] from, long checkpointId) throws Exception {
            stamp = Harness.stamp(SETTINGS, Start.from(from[0], checkpointId));
            market = Harness.market(backend, SETTINGS, Start.from(from[1], checkpointId));
            outlet = Harness.outlet(SETTINGS, Start.from(from[2], checkpointId));
            ledger = Harness.ledger(SETTINGS, Start.from(from[3], checkpointId));
            isRestored = checkpointId > 0;
            checkpoints = checkpointId;
        }

        void read(Builder trade) throws Exception {
            read(trade.decoded());
        }

        void read(Decoded decoded) throws Exception {
            stamp.process(decoded);
            flow();
        }

        private void flow() throws Exception {
            for (Trade trade : stamp.take()) {
                if (toMarket.test(trade)) {
                    market.process(trade);
                }
            }
            for (Published record : market.take()) {
                if (toOutlet.test(record)) {
                    outlet.process(record);
                }
            }
        }

        void watermark(String time) throws Exception {
            market.watermark(time);
            flow();
        }

        /** A barrier passes all stages; returns the residual that the ledger shows. */
        long checkpoint() throws Exception {
            long id = ++checkpoints;
            states[0] = stamp.checkpoint(id);
            flow();
            states[1] = market.checkpoint(id);
            flow();
            states[2] = outlet.checkpoint(id);
            restored();
            List<StageTotals> totals = totals();
            assertThat(totals)
                    .as("totals in front of the barrier")
                    .extracting(StageTotals::stage, StageTotals::checkpointId)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(StageTotals.Stage.STAMP, id),
                            org.assertj.core.groups.Tuple.tuple(StageTotals.Stage.MARKET, id),
                            org.assertj.core.groups.Tuple.tuple(StageTotals.Stage.INSTRUMENTS, id),
                            org.assertj.core.groups.Tuple.tuple(StageTotals.Stage.OUTLET, id));
            for (StageTotals one : totals) {
                ledger.process(one);
            }
            states[3] = ledger.checkpoint(id);
            assertThat(ledger.take()).as("lines come at the end only").isEmpty();
            return ledger.metric("ledgerResidual");
        }

        /** What was restored is told once, in front of the first barrier or the end. */
        private void restored() throws Exception {
            pending = all();
            List<StageTotals> told = pending.stream()
                    .filter(one -> one.checkpointId() == StageTotals.RESTORED)
                    .toList();
            assertThat(told)
                    .as("what was restored")
                    .extracting(StageTotals::stage)
                    .containsExactlyElementsOf(
                            isRestored
                                    ? List.of(
                                            StageTotals.Stage.STAMP,
                                            StageTotals.Stage.MARKET,
                                            StageTotals.Stage.INSTRUMENTS,
                                            StageTotals.Stage.OUTLET)
                                    : List.of());
            isRestored = false;
            for (StageTotals one : told) {
                ledger.process(one);
            }
        }

        private List<StageTotals> totals() {
            return pending.stream()
                    .filter(one -> one.checkpointId() != StageTotals.RESTORED)
                    .toList();
        }

        private List<StageTotals> all() {
            List<StageTotals> totals = new java.util.ArrayList<>(stamp.take(StampOperator.TOTALS));
            totals.addAll(market.take(MarketDataOperator.TOTALS));
            totals.addAll(outlet.take(OutletOperator.TOTALS));
            return totals;
        }

        List<LedgerRow> finish() throws Exception {
            stamp.finish();
            flow();
            market.finish();
            flow();
            outlet.finish();
            restored();
            for (StageTotals one : totals()) {
                assertThat(one.checkpointId()).isEqualTo(StageTotals.END);
                ledger.process(one);
            }
            ledger.finish();
            List<LedgerRow> rows = ledger.take();
            assertThat(ledger.metric("ledgerResidual")).isEqualTo(Ledger.residual(rows));
            return rows;
        }

        @Override
        public void close() throws Exception {
            stamp.close();
            market.close();
            outlet.close();
            ledger.close();
        }
    }

    private static Decoded rejected(int partition, long offset) {
        return new Decoded()
                .setRejected(new Rejected(
                        Reason.UNPARSABLE,
                        "message must be a JSON object, was 'x'",
                        new byte[] {'x'},
                        Trade.TIME_ABSENT,
                        Trade.TIME_ABSENT,
                        Trade.TIME_ABSENT,
                        0,
                        partition,
                        offset));
    }

    private static LedgerRow row(List<LedgerRow> rows, String readPartitionOrInterval) {
        return rows.stream()
                .filter(row -> (row.readPartition() + row.interval()).equals(readPartitionOrInterval))
                .findFirst()
                .orElseThrow();
    }

    /** One of everything: rejected, filtered, late by the log, late behind a mark, a copy, a revision, an open window. */
    private static void readOneOfEverything(Line line) throws Exception {
        line.read(at("12:00:00.200").id("1").read(0, 0));
        line.read(at("12:00:00.200").id("1").read(1, 0));
        line.read(rejected(0, 1));
        line.read(new Decoded().setFiltered(0, 1, 1));
        line.read(at("12:00:21.500").of(ETH).read(0, 2));
        line.watermark("12:00:02");
        line.read(at("12:00:00.900").id("2").read(1, 2));
        line.watermark("12:00:02.500");
        line.read(at("12:00:00.100").id("3").read(0, 3));
        line.watermark("12:00:20.499");
        line.read(at("12:00:00.100").id("4").read(1, 3));
    }

    private static void assertOneOfEverything(List<LedgerRow> rows) {
        assertThat(rows).allSatisfy(row -> assertThat(row.residual()).isZero());
        LedgerRow first = row(rows, "trades/0");
        assertThat(List.of(first.read(), first.filtered(), first.rejected(), first.duplicate(), first.late()))
                .containsExactly(4L, 0L, 1L, 0L, 1L);
        assertThat(first.accepted()).isEqualTo(2);
        LedgerRow second = row(rows, "trades/1");
        assertThat(List.of(second.read(), second.filtered(), second.rejected(), second.duplicate(), second.late()))
                .containsExactly(4L, 1L, 0L, 1L, 1L);
        assertThat(second.accepted()).isEqualTo(1);
        for (String interval : List.of("1s", "10s")) {
            assertThat(row(rows, interval).accepted()).isEqualTo(3);
            assertThat(row(rows, interval).published()).isEqualTo(3);
            assertThat(row(rows, interval).open()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theResidualIsZeroAtEveryCutAndAtTheEnd(Backend backend) throws Exception {
        try (var line = new Line(backend)) {
            assertThat(line.checkpoint()).isZero();
            line.read(at("12:00:00.200").id("1").read(0, 0));
            assertThat(line.checkpoint()).as("a trade in an open window").isZero();
        }
        try (var line = new Line(backend)) {
            readOneOfEverything(line);
            assertThat(line.checkpoint()).isZero();
            assertOneOfEverything(line.finish());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCountsGoOnAfterARestoreAtAnyCut(Backend backend) throws Exception {
        for (int cut = 0; cut < 4; cut++) {
            OperatorSubtaskState[] states;
            try (var before = new Line(backend)) {
                before.read(at("12:00:00.200").id("1").read(0, 0));
                if (cut > 0) {
                    before.read(at("12:00:00.200").id("1").read(1, 0));
                    before.read(rejected(0, 1));
                }
                if (cut > 1) {
                    before.watermark("12:00:02");
                }
                if (cut > 2) {
                    before.read(at("12:00:00.900").id("2").read(1, 2));
                    before.watermark("12:00:02.500");
                }
                assertThat(before.checkpoint()).isZero();
                states = before.states;
            }
            try (var after = new Line(backend, states, 1)) {
                assertThat(after.checkpoint()).isZero();
                after.read(at("12:00:00.400").id("9").read(1, 9));
                assertThat(after.checkpoint()).isZero();
                after.watermark("12:00:03");
                List<LedgerRow> rows = after.finish();
                assertThat(Ledger.residual(rows)).isZero();
                assertThat(row(rows, "1s").accepted()).isEqualTo(cut == 3 ? 3 : 2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTradeLostBetweenStampAndMarketShowsAtTheNextCutAndAtTheEnd(Backend backend) throws Exception {
        try (var line = new Line(backend)) {
            line.read(at("12:00:00.200").read(0, 0));
            assertThat(line.checkpoint()).isZero();

            line.toMarket = trade -> trade.readOffset != 1;
            line.read(at("12:00:00.300").read(0, 1));
            line.read(at("12:00:00.400").read(0, 2));

            assertThat(line.checkpoint()).isEqualTo(1);
            List<LedgerRow> rows = line.finish();
            assertThat(row(rows, "trades/0").residual()).isEqualTo(1);
            assertThat(row(rows, "1s").residual()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCandleLostBetweenMarketAndOutletShowsAtTheNextCutAndAtTheEnd(Backend backend) throws Exception {
        try (var line = new Line(backend)) {
            line.read(at("12:00:00.200").read(0, 0));
            line.toOutlet = record -> !(record instanceof Candle candle)
                    || !candle.interval().name().equals("1s");
            line.watermark("12:00:01");
            line.toOutlet = record -> true;

            assertThat(line.checkpoint()).isEqualTo(1);
            List<LedgerRow> rows = line.finish();
            assertThat(row(rows, "1s").residual()).isEqualTo(1);
            assertThat(row(rows, "10s").residual()).isZero();
            assertThat(row(rows, "trades/0").residual()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLostRevisionShowsByWhatItHadAdded(Backend backend) throws Exception {
        try (var line = new Line(backend)) {
            line.read(at("12:00:00.200").read(0, 0));
            line.watermark("12:00:01");
            line.toOutlet = record -> record.revision() == 0;
            line.read(at("12:00:00.300").read(0, 1));
            line.read(at("12:00:00.400").read(0, 2));
            line.watermark("12:00:02");
            line.toOutlet = record -> true;

            assertThat(line.checkpoint()).isEqualTo(2);
            assertThat(row(line.finish(), "1s").residual()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTradeDoubledBetweenStampAndMarketIsADuplicateByIdOrMinusOne(Backend backend) throws Exception {
        for (String id : new String[] {"1", null}) {
            try (var line = new Line(backend)) {
                line.read(at("12:00:00.200").id(id).read(0, 0));
                line.market.process(at("12:00:00.200").id(id).read(0, 0));

                assertThat(line.checkpoint()).isEqualTo(1);
                LedgerRow row = row(line.finish(), "trades/0");
                assertThat(row.residual()).as("one verdict more than messages").isEqualTo(-1);
                assertThat(row.accepted()).isEqualTo(id == null ? 2 : 1);
                assertThat(row.duplicate()).isEqualTo(id == null ? 0 : 1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTradeThatStandsTwiceInTheLogIsADuplicateAndNoResidual(Backend backend) throws Exception {
        try (var line = new Line(backend)) {
            line.read(at("12:00:00.200").id("1").read(0, 0));
            line.read(at("12:00:00.200").id("1").read(0, 1));
            assertThat(line.checkpoint()).isZero();
            LedgerRow row = row(line.finish(), "trades/0");
            assertThat(row.residual()).isZero();
            assertThat(row.duplicate()).isEqualTo(1);
        }
    }

    /** What is lost between a checkpoint and its restore looks like a stage that has just begun. */
    @ParameterizedTest
    @EnumSource
    void aStageThatLostItsStateIsRefusedInFrontOfTheFirstBarrier(Backend backend) throws Exception {
        for (int lost = 0; lost < 3; lost++) {
            OperatorSubtaskState[] states;
            try (var before = new Line(backend)) {
                before.read(at("12:00:00.200").id("1").read(0, 0));
                before.watermark("12:00:02");
                before.read(at("12:00:03.200").id("2").read(0, 1));
                assertThat(before.checkpoint()).isZero();
                states = before.states;
            }
            states[lost] = OperatorSubtaskState.builder().build();
            try (var after = new Line(backend, states, 1)) {
                assertThatThrownBy(after::checkpoint)
                        .as("stage %s", lost)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a stage must be restored with what it had counted at the checkpoint");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void totalsOfAFinishedSubtaskStandThroughARestore(Backend backend) throws Exception {
        StageTotals finished;
        try (var stamp = Harness.stamp(SETTINGS, Start.fresh(2, 0))) {
            stamp.process(rejected(0, 0));
            stamp.finish();
            finished = stamp.take(StampOperator.TOTALS).get(0);
        }
        assertThat(finished.checkpointId()).isEqualTo(StageTotals.END);
        OperatorSubtaskState state;
        try (var ledger = Harness.ledger(SETTINGS, Start.fresh())) {
            ledger.process(finished);
            // A running subtask's totals are sent again in front of the next barrier, so they are not kept.
            ledger.process(new StageTotals(
                    StageTotals.Stage.STAMP,
                    1,
                    1,
                    java.util.Map.of("trades/1", new long[] {1, 0, 1, 0, 0, 0}),
                    new long[0]));
            state = ledger.checkpoint(1);
            assertThat(ledger.metric("ledgerResidual")).isZero();
        }
        try (var ledger = Harness.ledger(SETTINGS, Start.from(state));
                var market = Harness.market(backend, SETTINGS, Start.fresh())) {
            market.checkpoint(2);
            market.take(MarketDataOperator.TOTALS).forEach(totals -> process(ledger, totals));
            ledger.finish();
            List<LedgerRow> rows = ledger.take();
            assertThat(row(rows, "trades/0").rejected()).isEqualTo(1);
            assertThat(rows).noneMatch(row -> row.readPartition().equals("trades/1"));
        }
    }

    private static void process(Harness<StageTotals, LedgerRow> ledger, StageTotals totals) {
        try {
            ledger.process(totals);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
