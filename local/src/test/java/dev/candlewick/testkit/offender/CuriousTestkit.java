package dev.candlewick.testkit.offender;

import dev.candlewick.connectors.offender.CuriousConnector;

/** Sees connectors. */
public final class CuriousTestkit {
    private CuriousTestkit() {}

    public static String look() {
        return CuriousConnector.look();
    }
}
