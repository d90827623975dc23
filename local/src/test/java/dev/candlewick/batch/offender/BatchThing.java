package dev.candlewick.batch.offender;

import dev.candlewick.jobs.streaming.offender.StreamingThing;

/** Sees the streaming main. */
public final class BatchThing {
    private BatchThing() {}

    public static String look() {
        return StreamingThing.class.getName();
    }
}
