package dev.candlewick.connectors.offender;

import dev.candlewick.jobs.operators.offender.ClockedOperator;
import dev.candlewick.local.architecture.LocalThing;

/** Sees jobs and local; exists to prove that the rules can fail. */
public final class CuriousConnector {
    private CuriousConnector() {}

    public static String look() {
        return ClockedOperator.class.getName() + LocalThing.class.getName();
    }
}
