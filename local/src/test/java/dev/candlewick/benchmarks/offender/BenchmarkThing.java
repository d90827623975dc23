package dev.candlewick.benchmarks.offender;

/** Is seen by local, which is not allowed. */
public final class BenchmarkThing {
    private BenchmarkThing() {}

    public static int value() {
        return 1;
    }
}
