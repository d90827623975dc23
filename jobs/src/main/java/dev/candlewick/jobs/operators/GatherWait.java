package dev.candlewick.jobs.operators;

import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * How long a gathered trade waits for others at most: {@value #TICK_MILLIS} ms of processing time, and {@value #TICKS_MAX}
 * times as long where {@linkplain TradeGatherer#gainsByWaiting() that gains}. When batches are cut decides nothing but
 * latency; task thread only.
 */
final class GatherWait {
    static final long TICK_MILLIS = 20;

    static final int TICKS_MAX = 5;

    private final TradeGatherer gatherer;
    private int ticks;

    GatherWait(TradeGatherer gatherer) {
        this.gatherer = gatherer;
    }

    /** Calls an action at each tick; the action must call {@link #tick}. */
    static void start(ProcessingTimeService time, Runnable action) {
        time.scheduleWithFixedDelay(now -> action.run(), TICK_MILLIS, TICK_MILLIS);
    }

    /** Passes on what is gathered unless it should wait for more. */
    void tick() {
        ticks++;
        if (ticks < TICKS_MAX && gatherer.gainsByWaiting()) {
            return;
        }
        ticks = 0;
        gatherer.flush();
    }
}
