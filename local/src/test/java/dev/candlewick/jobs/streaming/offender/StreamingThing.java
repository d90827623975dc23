package dev.candlewick.jobs.streaming.offender;

import dev.candlewick.connectors.offender.CuriousConnector;

/** Sees connectors, as the streaming main may. */
public final class StreamingThing {
    private StreamingThing() {}

    public static String look() {
        return CuriousConnector.look();
    }
}
