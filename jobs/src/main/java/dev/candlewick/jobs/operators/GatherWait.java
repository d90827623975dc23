package dev.candlewick.jobs.operators;

import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * How long a gathered trade waits for others at most: {@value #MILLIS} ms of processing time. When batches are cut decides
 * nothing but latency; task thread only.
 */
final class GatherWait {
    private static final long MILLIS = 20;

    private GatherWait() {}

    static void start(ProcessingTimeService time, Runnable passOn) {
        time.scheduleWithFixedDelay(now -> passOn.run(), MILLIS, MILLIS);
    }
}
