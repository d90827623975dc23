package dev.candlewick.savepoints.offender;

import dev.candlewick.jobs.streaming.offender.StreamingThing;

/** Sees a main. */
public final class SavepointThing {
    private SavepointThing() {}

    public static String look() {
        return StreamingThing.look();
    }
}
