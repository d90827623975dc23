package dev.candlewick.local.architecture;

import dev.candlewick.benchmarks.offender.BenchmarkThing;

/** Is seen by a connector and sees benchmarks; neither is allowed. */
public final class LocalThing {
    private LocalThing() {}

    public static int value() {
        return BenchmarkThing.value();
    }
}
