package dev.candlewick.benchmarks.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hot path of the core allocates nothing for a trade; what it does for a candle or a full table is bounded. */
class CoreAllocationTest {
    private static final int WARM_UP = 100_000;
    private static final int OPERATIONS = 200_000;
    /** The thread's own accounting is in steps; less than this for each operation is none. */
    private static final double NONE_BYTES = 0.05;

    private final CoreBenchmark benchmark = new CoreBenchmark();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private Object last = "";

    private double bytesOf(Supplier<Object> operation) {
        // Results are boxed values of a small cache or of the operation itself; only their allocation is looked at.
        for (int i = 0; i < WARM_UP; i++) {
            last = operation.get();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < OPERATIONS; i++) {
            last = operation.get();
        }
        return (double) (threads.getCurrentThreadAllocatedBytes() - before) / OPERATIONS;
    }

    private Object run(String operation) {
        switch (operation) {
            case "accumulatorAdd" -> benchmark.accumulatorAdd();
            case "accumulatorMerge" -> benchmark.accumulatorMerge();
            case "orderConsider" -> benchmark.orderConsider();
            case "orderCompare" -> benchmark.orderCompare();
            case "digest" -> benchmark.digest();
            case "dedupLookup" -> benchmark.dedupLookup();
            case "dedupInsert" -> benchmark.dedupInsert();
            case "engineCandles" -> benchmark.engineCandles();
            default -> throw new IllegalArgumentException(operation);
        }
        return operation;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "accumulatorAdd",
                "accumulatorMerge",
                "orderConsider",
                "orderCompare",
                "digest",
                "dedupLookup",
                // Of a steady stream: old ids make room in place, and the table has its size after the warm-up.
                "dedupInsert"
            })
    void anOperationAllocatesNothing(String operation) {
        assertThat(bytesOf(() -> run(operation))).as(operation).isLessThan(NONE_BYTES);
    }

    @Test
    void theMeasurementSeesAnAllocation() {
        assertThat(bytesOf(() -> new byte[100])).isGreaterThan(99);
        assertThat(last).isInstanceOf(byte[].class);
    }
}
