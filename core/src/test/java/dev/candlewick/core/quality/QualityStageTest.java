package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rows that are equal or empty, when verdicts are given, and what is remembered between them. */
class QualityStageTest {
    private static final long MINUTE_START = QualityRun.at("14:00:00");
    private static final long MINUTE_END = QualityRun.at("14:01:00");

    private static QualityEvent event(QualityKind kind, long at, long start, long end, long count, String detail) {
        return new QualityEvent(kind, "alpha", "BTC-USD", at, start, end, count, detail);
    }

    @Test
    void sizesOfZeroAreOneEventAMinute() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        for (String time : new String[] {"14:00:01", "14:00:59.999999999", "14:00:02"}) {
            Trade trade = run.trade(QualityRun.at(time), "100");
            trade.sizeScaled = time.endsWith("02") ? 1 : 0;
            run.add(trade);
        }
        run.add("14:01:00", "100").end();

        assertThat(run.events(QualityKind.ZERO_SIZE))
                .containsExactly(event(QualityKind.ZERO_SIZE, MINUTE_START, MINUTE_START, MINUTE_END, 2, null));
        assertThat(run.reports).extracting(MinuteReport::zeroSizes).containsExactly(2L, 0L);
        assertThat(run.reports).extracting(MinuteReport::trades).containsExactly(3L, 1L);
    }

    @Test
    void copiesAreOneEventAMinute() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        run.add("14:00:01", 1)
                .add("14:00:01", 1)
                .add("14:00:01", 1)
                .add("14:00:02", 2)
                .add("14:00:02", 2);
        run.add("14:01:00", 3).end();

        assertThat(run.events(QualityKind.DUPLICATE))
                .containsExactly(event(QualityKind.DUPLICATE, MINUTE_START, MINUTE_START, MINUTE_END, 3, null));
        assertThat(run.reports).extracting(MinuteReport::duplicates).containsExactly(3L, 0L);
        assertThat(run.events(QualityKind.SUSPECT_DUP)).isEmpty();
    }

    @Test
    void equalRowsWithoutIdAreOneEventAGroup() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        long time = QualityRun.at("14:00:01");
        run.add(time, "100.50")
                .add(time, "100.50")
                .add(time, "100.50")
                .add(time, "101")
                .add(time + 1, "100.50");
        Trade bought = run.trade(time, "100.50");
        bought.side = "buy";
        run.add(bought).end();

        assertThat(run.events(QualityKind.SUSPECT_DUP))
                .containsExactly(
                        event(QualityKind.SUSPECT_DUP, time, time, time, 2, "{\"price\":\"100.5\",\"size\":\"1\"}"));
        assertThat(run.reports.get(0).suspects()).isEqualTo(2);
        assertThat(run.reports.get(0).trades()).isEqualTo(6);
    }

    @Test
    void aConflictIsAnEventOfTheFlaggedTradeWhenItsWindowIsPurged() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        run.add("14:00:01", 1).add("14:00:03", 1);
        long purgedMillis = QualityRun.at("14:00:14") / 1_000_000 - 1;
        run.advance(purgedMillis - 1);
        assertThat(run.events(QualityKind.ID_CONFLICT)).isEmpty();
        run.advance(purgedMillis);

        long time = QualityRun.at("14:00:03");
        assertThat(run.events(QualityKind.ID_CONFLICT))
                .containsExactly(
                        event(QualityKind.ID_CONFLICT, time, time, time, 1, "{\"id\":\"1\",\"venue\":\"alpha\"}"));
        assertThat(run.reports).isEmpty();
        run.end();
        assertThat(run.events(QualityKind.ID_CONFLICT)).hasSize(1);
        assertThat(run.reports.get(0).conflicts()).isEqualTo(1);
    }

    @Test
    void latencyIsOfAllCopiesWithAReceiveTimeAndMayBeNegative() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        long time = QualityRun.at("14:00:01");
        for (long latency : new long[] {-1_024, 15, Long.MIN_VALUE}) {
            Trade trade = run.trade(time, "100");
            trade.setIdNumber(1);
            trade.receiveTimeNanos = latency == Long.MIN_VALUE ? Trade.TIME_ABSENT : time + latency;
            run.add(trade);
        }
        MinuteReport report = run.end().reports.get(0);

        assertThat(report.trades()).isEqualTo(1);
        assertThat(report.latencyCount()).isEqualTo(2);
        assertThat(report.latencyMinNanos()).isEqualTo(-1_024);
        assertThat(report.latencyP50Nanos()).isEqualTo(-1_024);
        assertThat(report.latencyP90Nanos()).isEqualTo(15);
        assertThat(report.latencyMaxNanos()).isEqualTo(15);
    }

    /** Lateness is 10 s, so the minute that ends at 14:01:00 is final with the watermark 14:01:10. */
    @Test
    void aMinuteIsFinalWhenNothingOnTimeCanFallIntoIt() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        run.add("14:00:01", "100").add("14:00:02", "100").add("14:01:00", "100");
        long finalMillis = QualityRun.at("14:01:10") / 1_000_000 - 1;

        run.advance(finalMillis - 1);
        assertThat(run.events).isEmpty();
        assertThat(run.reports).isEmpty();
        assertThat(run.state.minuteCount()).isEqualTo(2);
        run.advance(finalMillis);
        assertThat(run.events).hasSize(1);
        assertThat(run.reports).extracting(MinuteReport::startNanos).containsExactly(MINUTE_START);
        assertThat(run.state.minuteCount()).isEqualTo(1);
    }

    @Test
    void offSaysNothingAndRemembersNothing() {
        QualityRun run = new QualityRun(QualitySettings.off());
        run.add("14:00:01", 1).add("14:00:01", 1).add("14:10:01", 9);
        assertThat(run.state.minuteCount()).isZero();
        run.end();

        assertThat(run.events).isEmpty();
        assertThat(run.reports).isEmpty();
        assertThat(run.candles).isNotEmpty();
    }

    @Test
    void nothingIsLeftAfterTheEnd() {
        QualityRun run = new QualityRun(QualityRun.FULL);
        random(run, new Random(1), 500);
        assertThat(run.state.minuteCount()).isPositive();
        run.end();

        assertThat(run.state.minuteCount()).isZero();
        assertThat(run.state.isIdle()).isTrue();
        assertThat(run.engine.nextDueMillis(run.state)).isEqualTo(Long.MAX_VALUE);
    }

    /** Trades within two minutes, in random order, with copies, conflicts, leaps and holes. */
    private static void random(QualityRun run, Random random, int trades) {
        for (int i = 0; i < trades; i++) {
            String price = random.nextInt(40) == 0 ? "150" : "100." + (10 + random.nextInt(5));
            Trade trade = run.trade(MINUTE_START + random.nextInt(1_200) * 100_000_000L, price);
            if (random.nextBoolean()) {
                trade.setIdNumber(random.nextInt(2 * trades));
            }
            if (random.nextBoolean()) {
                trade.receiveTimeNanos = trade.eventTimeNanos + random.nextInt(2_000) - 1_000;
            }
            trade.sizeScaled = random.nextInt(3);
            run.add(trade);
        }
    }

    private static byte[] written(InstrumentState state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state.write(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static InstrumentState read(byte[] bytes) throws IOException {
        return InstrumentState.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    @Test
    void goesOnFromWhatWasWritten() throws IOException {
        for (OutlierScope scope : OutlierScope.values()) {
            for (long seed = 1; seed <= 20; seed++) {
                EngineSettings settings = EngineSettings.defaults()
                        .withDedupKey(DedupKey.NONE)
                        .withQuality(QualitySettings.defaults()
                                .withOutliers(OutlierRule.BOTH, scope)
                                .withStale(3, 1));
                QualityRun whole = new QualityRun(settings);
                QualityRun rewritten = new QualityRun(settings);
                Random same = new Random(seed);
                Random again = new Random(seed);
                for (int part = 1; part <= 6; part++) {
                    random(whole, same, 60);
                    random(rewritten, again, 60);
                    if (part == 3) {
                        whole.advance(MINUTE_START / 1_000_000 + 5_000);
                        rewritten.advance(MINUTE_START / 1_000_000 + 5_000);
                    }
                    rewritten.state = read(written(rewritten.state));
                }
                whole.end();
                rewritten.end();

                assertThat(rewritten.events).as("seed %d", seed).isEqualTo(whole.events);
                assertThat(rewritten.reports).as("seed %d", seed).isEqualTo(whole.reports);
                assertThat(whole.events)
                        .as("seed %d", seed)
                        .extracting(QualityEvent::kind)
                        .contains(QualityKind.OUTLIER, QualityKind.ZERO_SIZE, QualityKind.SEQUENCE_GAP);
            }
        }
    }

    @Test
    void damagedBytesAreRefused() throws IOException {
        QualityRun run = new QualityRun(QualityRun.FULL);
        random(run, new Random(5), 30);
        run.advance(MINUTE_START / 1_000_000 + 1_000);
        byte[] written = written(run.state);
        Random random = new Random(6);

        for (int i = 0; i < written.length; i++) {
            byte[] damaged = written.clone();
            damaged[i] ^= (byte) (1 + random.nextInt(255));
            assertThatThrownBy(() -> read(damaged)).as("byte %d", i).isInstanceOf(IOException.class);
            byte[] cut = Arrays.copyOf(written, i);
            assertThatThrownBy(() -> read(cut)).as("%d bytes", i).isInstanceOf(IOException.class);
        }
    }
}
