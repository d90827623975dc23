package dev.candlewick.benchmarks.run;

import picocli.CommandLine.Option;

/** What a benchmark may take of the machine; a picocli mixin. */
public final class MachineOptions {
    @Option(names = "--cores", paramLabel = "N", description = "Cores for everything (default: ${DEFAULT-VALUE}).")
    private int cores = 2;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Of each run's JVM (default: ${DEFAULT-VALUE}).")
    private String heap = "3g";

    /** For the command line. */
    public MachineOptions() {}

    /** Cores for job, broker and whatever else runs beside them. */
    public int cores() {
        return cores;
    }

    /** Heap of each run's JVM, as {@code -Xmx} takes it. */
    public String heap() {
        return heap;
    }
}
