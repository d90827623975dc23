package dev.candlewick.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.quality.QualitySettings;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What the core's hot path allocates: something for each window, minute and row, nothing for each trade. */
class AllocationTest {
    private static final Instrument BTC = Instrument.ofVenue("alpha", "BTC-USD", 2, 4);
    private static final long START_NANOS = 1_767_571_200_000_000_000L;
    private static final int TRADES_PER_SECOND = 2_000;
    private static final long STEP_NANOS = 1_000_000_000L / TRADES_PER_SECOND;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final MarketEngine engine =
            new MarketEngine(EngineSettings.defaults().withQuality(QualitySettings.defaults()), new EngineOutput() {
                @Override
                public void candle(Candle candle) {}

                @Override
                public void vwap(VwapRow row) {}
            });
    private final InstrumentState state = engine.newState(BTC);
    private final Trade trade = new Trade();
    private long made;

    /** Bytes allocated while trades are decided about and taken in; closing windows is a matter of candles. */
    private long processSeconds(int seconds) {
        long thread = Thread.currentThread().getId();
        long bytes = 0;
        for (int second = 0; second < seconds; second++) {
            long now = START_NANOS + made * STEP_NANOS;
            long watermarkMillis = now / 1_000_000 - 1_001;
            engine.advance(state, watermarkMillis);
            long before = THREADS.getThreadAllocatedBytes(thread);
            for (int i = 0; i < TRADES_PER_SECOND; i++) {
                fill();
                assertAccepted(engine.process(state, trade, watermarkMillis));
                engine.dueAfter(state, trade, watermarkMillis);
                if (i % 100 == 0 && engine.process(state, trade, watermarkMillis) != Verdict.DUPLICATE) {
                    throw new AssertionError("a copy must be a duplicate: " + trade);
                }
            }
            bytes += THREADS.getThreadAllocatedBytes(thread) - before;
        }
        return bytes;
    }

    private void fill() {
        trade.instrument = BTC;
        // Every twentieth trade comes up to half a second late.
        long late = made % 20 == 0 ? made % 1_000 * 500_000 : 0;
        trade.eventTimeNanos = Math.max(START_NANOS, START_NANOS + made * STEP_NANOS - late);
        trade.receiveTimeNanos = START_NANOS + made * STEP_NANOS + made % 997 * 1_000;
        trade.setIdNumber(made);
        trade.priceScaled = 10_000 + made % 13;
        trade.sizeScaled = 1 + made % 7;
        trade.readOffset = made++;
    }

    private static void assertAccepted(Verdict verdict) {
        if (verdict != Verdict.ACCEPTED) {
            throw new AssertionError("a new trade must be accepted, was " + verdict);
        }
    }

    @Test
    void nothingIsAllocatedForEachTrade() {
        // Tables reach the size that a steady stream needs, and everything is compiled.
        processSeconds(150);
        int seconds = 120;
        long bytes = processSeconds(seconds);
        // A second brings one window of 1s, some of them coarser ones and a minute: some 1,200 bytes, 0.6 for each
        // trade.
        assertThat((double) bytes / ((long) seconds * TRADES_PER_SECOND))
                .as("bytes for each trade")
                .isLessThan(2.0);
    }
}
